"""`gantool enhance FIRST,SECOND`: tasks in a row."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gantool.images import decode
from tests.rows import install_both, weight

from .conftest import Run

ROW = ("enhance", "plus-one,twice")
EXACT = ("--device", "cpu", "--precision", "fp32")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install_both(tmp_path_factory.mktemp("site"))


@pytest.fixture(autouse=True)
def sums(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Two tasks, one weight, and a picture in the current folder; return the weight's checksum."""
    (tmp_path / "store").mkdir()
    (tmp_path / "work").mkdir()
    digest = weight(tmp_path / "store" / "twice-plain.safetensors")
    monkeypatch.setenv("GANTOOL_WEIGHTS", str(tmp_path / "store"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(site), *sys.path]))
    monkeypatch.syspath_prepend(site)
    monkeypatch.chdir(tmp_path / "work")
    Image.fromarray(picture()).save("a.png")
    return {"twice-plain": digest}


def picture(shape: tuple[int, ...] = (20, 24, 3), kind: type = np.uint8) -> np.ndarray:
    top = np.iinfo(kind).max
    return np.random.default_rng(1).integers(1, top // 2, shape).astype(kind)


def doubled(pixels: np.ndarray) -> np.ndarray:
    return pixels.repeat(2, axis=0).repeat(2, axis=1)


def test_each_task_takes_the_options_under_its_name(run: Run, sums: dict[str, str]) -> None:
    answer = run(*ROW, "a.png", "--plus-one.levels", "7", "--json", "--tile", "16", *EXACT)
    assert answer.code == 0
    assert np.array_equal(np.asarray(Image.open("a_plus-one_twice.png")), doubled(picture() + 7))
    record = json.loads(answer.out)
    assert [(step["task"], step["weights"]) for step in record["steps"]] == [
        ("plus-one", []),
        ("twice", [sums["twice-plain"]]),
    ]
    assert [step["found"] for step in record["steps"]] == ["plus 7", None]
    assert record["weights"] == [sums["twice-plain"]]
    assert (record["source_size"], record["target_size"]) == ([24, 20], [48, 40])
    assert "plus-one, twice on cpu" in answer.err


def test_one_task_has_plain_flags_and_one_step(run: Run) -> None:
    answer = run("enhance", "plus-one", "a.png", "--levels", "2", "--json", *EXACT)
    assert [step["task"] for step in json.loads(answer.out)["steps"]] == ["plus-one"]
    assert run("enhance", "plus-one", "a.png", "--plus-one.levels", "2").code == 2


def test_a_row_is_the_commands_one_after_another(run: Run) -> None:
    assert run(*ROW, "a.png", "-o", "row.png", *EXACT).code == 0
    assert run("enhance", "plus-one", "a.png", "-o", "first.png", *EXACT).code == 0
    assert run("enhance", "twice", "first.png", "-o", "both.png", *EXACT).code == 0
    assert Path("row.png").read_bytes() == Path("both.png").read_bytes()


def test_the_order_is_that_of_the_names(run: Run) -> None:
    Image.new("RGB", (6, 4)).save("small.png")
    Image.new("RGB", (12, 8)).save("ruler.png")
    turned = ("enhance", "twice,plus-one", "small.png", "--plus-one.ruler", "ruler.png", *EXACT)
    assert run(*turned).code == 0
    assert Path("small_twice_plus-one.png").exists()
    answer = run(*ROW, "small.png", "--plus-one.ruler", "ruler.png")
    assert answer.code == 1
    assert "same size" in answer.err


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_alpha_grey_and_depth_are_kept(run: Run, kind: type, channels: int) -> None:
    from gantool.images import Decoded, ImageFormat, encode

    pixels = picture((10, 8, channels), kind)
    pixels[..., -1] += 1
    has_alpha = channels in (2, 4)
    alpha = pixels[..., -1] if has_alpha else None
    colours = pixels[..., :-1] if has_alpha else pixels
    whole = Decoded(np.ascontiguousarray(colours), alpha)
    encode(whole, Path("x.png"), format=ImageFormat.PNG, quality=90, strip_metadata=False)
    assert run(*ROW, "x.png", "--plus-one.levels", "0", *EXACT).code == 0
    made = decode(Path("x_plus-one_twice.png"), max_pixels=10_000)
    assert made.pixels.dtype == kind
    assert np.array_equal(made.pixels, doubled(colours))
    assert (made.alpha is None) != has_alpha
    if alpha is not None:
        assert np.array_equal(made.alpha, doubled(alpha))


def test_metadata_is_kept(run: Run) -> None:
    image = Image.new("RGB", (8, 8))
    exif = image.getexif()
    exif[0x010F] = "Maker"
    image.save("c.jpg", exif=exif)
    assert run(*ROW, "c.jpg", *EXACT).code == 0
    assert Image.open("c_plus-one_twice.jpg").getexif()[0x010F] == "Maker"


def test_a_row_runs_once_over_a_folder(run: Run) -> None:
    assert run(*ROW, ".", *EXACT).code == 0
    answer = run(*ROW, ".", *EXACT)
    assert (answer.code, "1 skipped" in answer.out, "1 former" in answer.out) == (0, True, True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("plus-one,twise",), "did you mean twice"),
        (("plus-one,",), "empty task"),
        (("twice,twice",), "names twice twice"),
        (("plus-one,twice", "--levels", "3"), "--levels"),
        (("plus-one,twice", "--plus-one.levels", "30"), "--plus-one.levels"),
        (("plus-one,twice", "--weights", "x"), "--weights"),
        (("plus-one,twice", "--twice.weights", "a", "--twice.weights", "b"), "need 1 weights"),
    ],
)
def test_what_cannot_be_meant_is_a_line(run: Run, arguments: tuple[str, ...], words: str) -> None:
    answer = run("enhance", arguments[0], "a.png", *arguments[1:])
    assert (answer.code, len(answer.err.splitlines())) == (2, 1)
    assert words in answer.err


def test_other_verbs_take_one_task(run: Run) -> None:
    answer = run("train", "plus-one,twice", "--data", ".")
    assert answer.code == 2
    assert "train takes one task" in answer.err


def test_the_help_of_a_row_is_torch_free() -> None:
    program = (
        "import sys; from gantool.cli import main\n"
        "try: main(sys.argv[1:])\nfinally: print('torch' in sys.modules, 'numpy' in sys.modules)"
    )
    command = [sys.executable, "-c", program, *ROW, "--help"]
    environment = {**os.environ, "COLUMNS": "200"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.splitlines()[-1] == "False False"
    flags = ("levels", "chroma-only", "clip", "no-clip", "ruler", "weights")
    for flag in (*(f"--plus-one.{name}" for name in flags), "--twice.dark", "Options of twice"):
        assert flag in done.stdout


def test_a_row_holds_one_picture_between_two_tasks(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what the steps were given, only the caller's own picture outlives its step."""
    import weakref

    from gantool.inference import picture as module

    held: list[int] = []
    given: list[weakref.ref[np.ndarray]] = []
    once = module.enhance_layers

    def watched(engine: object, layers: module.Layers, *rest: object) -> object:
        held.append(sum(seen() is not None for seen in given))
        given.append(weakref.ref(layers.pixels))
        return once(engine, layers, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "enhance_layers", watched)
    layers = module.Layers(picture())
    engines = _engines()
    made, reports = module.enhance_in_row(engines, layers)
    assert len(reports) == 4
    assert held == [0, 1, 1, 1]
    assert made.pixels.shape == (20, 24, 3)


def _engines() -> list[object]:
    from gantool.inference.engine import Engine
    from gantool.inference.precision import Precision
    from gantool.inference.result import Settings
    from tests.inference.toys import ToyEnhancer

    return [Engine(ToyEnhancer(depth=1), Settings("cpu", Precision.FP32)) for _ in range(4)]
