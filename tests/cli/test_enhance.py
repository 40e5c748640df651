"""`gantool enhance TASK`, from arguments to files, with a task installed for the test."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.distributions import install
from tests.rows import TWICE, weight

from .conftest import Run


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    install(folder, "gantool-twice", "twice", TWICE, module="twice_plugin")
    return folder


@pytest.fixture(autouse=True)
def photos(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two pictures in the current folder, and the task with its weight."""
    (tmp_path / "store").mkdir()
    (tmp_path / "work").mkdir()
    weight(tmp_path / "store" / "twice-plain.safetensors")
    monkeypatch.setenv("GANTOOL_WEIGHTS", str(tmp_path / "store"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(site), *sys.path]))
    monkeypatch.syspath_prepend(site)
    monkeypatch.chdir(tmp_path / "work")
    for name, colour in (("a.png", (250, 20, 90)), ("b.png", (1, 2, 3))):
        Image.new("RGB", (6, 4), colour).save(name)
    return tmp_path


def colours(name: str) -> tuple[tuple[int, int], object]:
    with Image.open(name) as picture:
        return picture.size, picture.getpixel((5, 5))


def names() -> list[str]:
    return sorted(str(path) for path in Path().rglob("*") if path.is_file())


def test_two_pictures_a_line_each_and_a_summary(run: Run) -> None:
    answer = run("enhance", "twice", "a.png", "b.png", "--device", "cpu", "--precision", "fp32")
    assert answer.code == 0
    lines = answer.out.splitlines()
    assert lines[0].startswith("twice on cpu")
    assert lines[1].startswith("a.png -> a_twice.png  6 x 4 -> 12 x 8")
    assert lines[-1] == "2 done"
    assert colours("a_twice.png") == ((12, 8), (250, 20, 90))


def test_json_is_all_that_stdout_carries(run: Run) -> None:
    Path("bad.png").write_text("no picture")
    answer = run("enhance", "twice", ".", "-o", "out", "--json", "--tile", "16")
    assert answer.code == 1
    records = {record["source"]: record for record in map(json.loads, answer.out.splitlines())}
    done = records["a.png"]
    assert (done["status"], done["target"]) == ("done", "out/a.png")
    assert (done["source_size"], done["target_size"]) == ([6, 4], [12, 8])
    assert (done["tile"], done["retries"]) == (16, [])
    assert done["seconds"] > 0
    assert len(done["weights"][0]) == 64
    assert records["bad.png"]["status"] == "failed"
    assert "bad.png" in records["bad.png"]["reason"]
    assert records["bad.png"]["code"] == "GT303"
    assert "(GT303)\n" in answer.err


def test_what_the_network_found_is_told(run: Run) -> None:
    Image.new("L", (6, 4), 255).save("white.png")
    dark = ("enhance", "twice", "a.png", "--dark", "white.png")
    assert "  darkened  " in run(*dark).out.splitlines()[1]
    assert json.loads(run(*dark, "--overwrite", "--json").out)["found"] == "darkened"
    assert json.loads(run("enhance", "twice", "b.png", "--json").out)["found"] is None


def test_what_exists_is_skipped_without_work(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("enhance", "twice", "a.png").code == 0
    before = Path("a_twice.png").stat().st_mtime_ns
    monkeypatch.setenv("GANTOOL_WEIGHTS", "/nowhere")
    answer = run("enhance", "twice", "a.png")
    assert (answer.code, "exists" in answer.out) == (0, True)
    assert Path("a_twice.png").stat().st_mtime_ns == before


def test_overwrite_replaces(run: Run) -> None:
    Path("a_twice.png").write_text("old")
    assert run("enhance", "twice", "a.png", "--overwrite").code == 0
    assert colours("a_twice.png")[0] == (12, 8)


def test_one_bad_file_is_reported_and_the_rest_go_on(run: Run) -> None:
    answer = run("enhance", "twice", "none.png", "a.png")
    assert answer.code == 1
    assert answer.err == "failed: none.png does not exist; check the name (GT304)\n"
    assert Path("a_twice.png").exists()
    assert answer.out.splitlines()[-1] == "1 done, 1 failed"


def test_what_planning_refuses_has_its_number_too(run: Run) -> None:
    Path("out/a.png").mkdir(parents=True)
    line = ("enhance", "twice", "a.png", "-o", "out", "--dry-run")
    assert run(*line).err == "failed: out/a.png is a folder; choose another -o (GT702)\n"
    assert json.loads(run(*line, "--json").out)["code"] == "GT702"


def test_an_error_before_the_first_picture_is_all_that_is_said(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    answer = run("enhance", "twice", "a.png", "--device", "cuda", "--report", "page.html")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith("error: device cuda is not there")
    assert not Path("page.html").exists()


def test_nothing_but_bad_files(run: Run) -> None:
    answer = run("enhance", "twice", "none.png")
    assert (answer.code, len(answer.err.splitlines())) == (1, 1)


def test_a_dry_run_writes_nothing_and_needs_no_torch(photos: Path) -> None:
    report = "print('torch' in sys.modules)"
    program = f"import sys; from gantool.cli import main\ntry: main(sys.argv[1:])\nfinally: {report}"
    command = [sys.executable, "-c", program, "enhance", "twice", "a.png", "--dry-run"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["a.png -> a_twice.png", "1 planned", "False"]
    assert names() == ["a.png", "b.png"]


def test_through_a_pipe() -> None:
    command = [sys.executable, "-m", "gantool", "enhance", "twice", "-", "--device", "cpu"]
    done = subprocess.run(command, input=Path("a.png").read_bytes(), capture_output=True, check=True)
    with Image.open(io.BytesIO(done.stdout)) as picture:
        assert (picture.format, picture.size) == ("PNG", (12, 8))
    assert b"stdin -> -" in done.stderr


def test_json_and_a_piped_picture_exclude_one_another(run: Run) -> None:
    assert run("enhance", "twice", "a.png", "-o", "-", "--json").code == 2


def test_an_interrupt_is_130_and_leaves_nothing(run: Run) -> None:
    answer = run("enhance", "twice", "a.png", "b.png", "--interrupt")
    assert (answer.code, "interrupted" in answer.err) == (130, True)
    assert names() == ["a.png", "b.png"]


def test_former_results_that_are_left_out_are_named(run: Run) -> None:
    for name in ("a_twice.png", "gone_twice.png"):
        Image.new("RGB", (6, 4)).save(name)
    answer = run("enhance", "twice", ".", "--dry-run")
    assert answer.out.splitlines()[-3:] == [
        "gone_twice.png -> gone_twice_twice.png",
        "left out as former results: a_twice.png; one that is named by itself is enhanced",
        "1 skipped, 2 planned, 1 former result left out",
    ]
    for number in range(2, 9):
        Image.new("RGB", (6, 4)).save(f"a_twice-{number}.png")
    lines = run("enhance", "twice", ".", "--dry-run").out.splitlines()
    assert "a_twice-6.png and 3 more; one" in lines[-2]
    assert lines[-1].endswith(", 8 former results left out")


def test_an_absent_device_is_an_error(run: Run) -> None:
    answer = run("enhance", "twice", "a.png", "--device", "cuda:99")
    assert answer.code == 1
    assert "cuda:99" in answer.err
    assert names() == ["a.png", "b.png"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--device", "tpu"),
        ("--tile", "few"),
        ("--tile", "-3"),
        ("--format", "gif"),
        ("--quality", "0"),
        ("--precision", "int4"),
        ("-o", "x.gif"),
        ("--dark", "a.png", "b.png", "-o", "one.png"),
        ("--weights", "twice-plain", "--weights", "twice-plain"),
    ],
)
def test_wrong_usage_is_two_and_one_line(run: Run, arguments: tuple[str, ...]) -> None:
    answer = run("enhance", "twice", "a.png", *arguments)
    assert (answer.code, len(answer.err.splitlines())) == (2, 1)
    assert names() == ["a.png", "b.png"]


def test_weights_by_path(run: Run, photos: Path) -> None:
    digest = weight(photos / "half.safetensors", gain=0.5)
    answer = run("enhance", "twice", "a.png", "--weights", str(photos / "half.safetensors"), "--json")
    assert json.loads(answer.out)["weights"] == [digest]
    assert colours("a_twice.png")[1] == (125, 10, 45)


@pytest.mark.parametrize("kind", ["missing", "foreign", "corrupt"])
def test_bad_weights_are_one_line(run: Run, photos: Path, kind: str) -> None:
    path = photos / "other.safetensors"
    if kind == "foreign":
        weight(path, task="otherwise")
    elif kind == "corrupt":
        path.write_bytes(b"\x08\0\0\0\0\0\0\0{nothing")
    answer = run("enhance", "twice", "a.png", "--weights", str(path))
    assert (answer.code, len(answer.err.splitlines())) == (1, 1)
    assert "other.safetensors" in answer.err
    assert names() == ["a.png", "b.png"]


def test_an_extra_is_read_and_checked(run: Run) -> None:
    Image.fromarray(np.tile(np.uint8([0, 0, 0, 255, 255, 255]), (4, 1))).save("half.png")
    assert run("enhance", "twice", "a.png", "--dark", "half.png").code == 0
    assert colours("a_twice.png")[1] == (0, 0, 0)
    Image.new("L", (5, 5)).save("small.png")
    answer = run("enhance", "twice", "b.png", "--dark", "small.png")
    assert answer.code == 1
    assert "same size" in answer.err


def test_metadata_is_stripped_when_asked(run: Run) -> None:
    picture = Image.new("RGB", (8, 8))
    exif = picture.getexif()
    exif[0x010F] = "Maker"
    picture.save("c.jpg", exif=exif, comment=b"mine")
    assert run("enhance", "twice", "c.jpg").code == 0
    assert run("enhance", "twice", "c.jpg", "--strip-metadata", "--suffix", "_bare").code == 0
    assert Image.open("c_twice.jpg").getexif()[0x010F] == "Maker"
    assert 0x010F not in Image.open("c_bare.jpg").getexif()
