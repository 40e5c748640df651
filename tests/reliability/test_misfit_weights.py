"""Weight files that are whole and do not hold the network their card describes: a line, and exit code 1."""

from __future__ import annotations

import dataclasses
import importlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gantool.scaffold import write_package
from gantool.task import LoadedWeight
from tests.cli.conftest import Answer, Run
from tests.distributions import install
from tests.reliability.misfits import SPOILS, SUBJECTS, Config, Subject, made, spoiled, written

EXAMPLE = Path(__file__).resolve().parents[2] / "examples/gantool-colorize/src"


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a picture."""
    pixels = np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def use(run: Run, command: tuple[str, ...], weight: Path) -> Answer:
    return run(*command, "--weights", str(weight), "--device", "cpu", "-o", "made.png")


def check_refused(answer: Answer, weight: Path, said: str = "") -> None:
    assert answer.code == 1, answer.err
    assert answer.err.count("\n") == 1, answer.err
    assert len(answer.err) < 600
    assert str(weight) in answer.err
    assert said in answer.err
    assert not Path("made.png").exists()


@pytest.mark.parametrize("how", SPOILS)
@pytest.mark.parametrize("name", SUBJECTS)
def test_what_does_not_fit_is_a_line(name: str, how: str, run: Run, work: Path) -> None:
    subject, (spoil, said) = SUBJECTS[name], SPOILS[how]
    weight = spoiled(subject, spoil, work)
    check_refused(use(run, subject.command, weight), weight, said)


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("superres", "width", 9),
        ("superres", "scale", "two"),
        ("superres", "sharpness", "x"),
        ("denoise", "sigma", 5),
    ],
)
def test_no_onnx_file_is_made_of_it(name: str, key: str, value: int | str, run: Run, work: Path) -> None:
    pytest.importorskip("onnx")

    def spoil(subject: Subject, tensors: object, config: Config) -> None:
        config[key] = value

    weight = spoiled(SUBJECTS[name], spoil, work)
    answer = run("weights", "export", "--onnx", str(weight), "made.onnx")
    assert answer.code == 1, answer.err
    assert answer.err.count("\n") == 1, answer.err
    assert not Path("made.onnx").exists()


@pytest.mark.parametrize("name", SUBJECTS)
def test_what_fits_is_run(name: str, run: Run, work: Path) -> None:
    subject = SUBJECTS[name]
    weight = spoiled(subject, lambda *parts: None, work)
    answer = use(run, subject.command, weight)
    assert answer.code == 0, answer.err
    assert Path("made.png").exists()


@pytest.mark.parametrize(
    ("key", "value"), [("preset", "unheard"), ("side", 29), ("channels", 2), ("labels", "/" * 50_000)]
)
def test_what_no_preset_makes_is_the_weights_fault(key: str, value: int | str, run: Run, work: Path) -> None:
    def spoil(subject: Subject, tensors: object, config: Config) -> None:
        config[key] = value

    subject = SUBJECTS["generate-dcgan"]
    weight = spoiled(subject, spoil, work)
    check_refused(use(run, subject.command, weight), weight)


@pytest.fixture(scope="session")
def plugins_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the example and a package that the template made are installed."""
    site = tmp_path_factory.mktemp("misfits") / "site"
    for name in ("colorize", "freshly-made"):
        package = f"gantool_{name.replace('-', '_')}"
        source = f"from {package}.plugin import gantool_task"
        install(site, f"gantool-{name}", name, source, module=f"{package}_entry")
    write_package("freshly-made", site)
    return site


def plugin_weight(task: str) -> LoadedWeight:
    """Return a small weight of an installed plugin."""
    networks = importlib.import_module(f"gantool_{task.replace('-', '_')}.networks")
    if task == "colorize":
        return made(task, networks.ARCHITECTURE, {"widths": "8 8"}, networks.Generator((8, 8)))
    config = networks.Config(width=8, depth=3)
    return made(task, networks.ARCHITECTURE, config.as_card(), networks.Generator(config))


@pytest.mark.parametrize(
    ("task", "config"),
    [
        ("freshly-made", {"width": 24, "depth": 4}),
        ("freshly-made", {"width": 8}),
        ("freshly-made", {"width": "8", "depth": 3}),
        ("freshly-made", {"width": 8, "depth": 60_000}),
        ("freshly-made", {"width": 8, "depth": 10**10}),
        ("colorize", {"widths": "8 9"}),
        ("colorize", {}),
        ("colorize", {"widths": 8}),
        ("colorize", {"widths": ""}),
        ("colorize", {"widths": "8 wide"}),
        ("colorize", {"widths": "-8 8"}),
        ("colorize", {"widths": "8 " * 100_000}),
        ("colorize", {"widths": f"8 {10**30}"}),
    ],
)
def test_plugins_refuse_them_too(
    task: str, config: Config, run: Run, work: Path, plugins_site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in (EXAMPLE, plugins_site / "gantool-freshly-made/src", plugins_site):
        monkeypatch.syspath_prepend(folder)
    weight = plugin_weight(task)
    command = ("enhance", task, "photo.png")
    sound = written(work / "sound.safetensors", weight.card, dict(weight.tensors))
    answer = use(run, command, sound)
    assert answer.code == 0, answer.err
    Path("made.png").unlink()
    card = dataclasses.replace(weight.card, config=config)
    misfit = written(work / "misfit.safetensors", card, dict(weight.tensors))
    check_refused(use(run, command, misfit), misfit)
