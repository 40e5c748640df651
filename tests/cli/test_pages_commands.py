"""The commands of README and docs, run as they stand in a folder of small pictures of their names."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gantool.testing.backbone import write_backbone
from gantool.train.perceptual import backbone_path

from .conftest import Run

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "docs/generate.md", "docs/reports.md", "docs/weights.md")
LEFT_OUT = {
    "gantool train ": "hours; a few steps of it are tested elsewhere",
    "gantool weights pull dncnn": "needs the network",
    "--weights ": "needs files of other projects",
    " < ": "a pipe, tested elsewhere",
    "--augment ": "makes thousands of pictures",
    "gantool evaluate generate": "makes ten thousand",
}
PICTURES = (
    *("photo.jpg", "scan.tif", "night.jpg", "frame.png", "photos/a.jpg", "photos/b.png"),
    *("mask.png", "masks/a.png", "masks/b_mask.png", "cutout.png", "Kodak24/a.png"),
    *("portrait.jpg", "painting.jpg", "great_wave.jpg", "few/3/a.png", "few/7/a.png", "seven.png"),
    *("Set5/a.png", "CBSD68/a.png", "examples/photos/boat.jpg", "examples/photos/cat.jpg"),
)
USUAL = (80, 64)
"""Styles are not measured below 64 pixels."""
SIZES = {"photo.jpg": (400, 340), "mask.png": (400, 340)}
"""Boxes that README names lie in the one, the other belongs to it."""


def commands(page: str) -> Iterator[str]:
    """Yield the page's gantool commands, without what stands before `&&` and the comments behind."""
    for block in re.findall(r"^```sh\n(.*?)^```", (ROOT / page).read_text(), re.M | re.S):
        for line in block.splitlines():
            if found := re.search(r"(gantool .*?)\s*(#|$)", line.rpartition("&& ")[2]):
                yield found[1]


def expanded(word: str) -> list[str]:
    """Return what a shell makes of a pattern."""
    return sorted(str(path) for path in Path().glob(word)) if "*" in word else [word]


def is_left_out(command: str) -> bool:
    return any(part in command for part in LEFT_OUT)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A newcomer's folder and home; the pictures are small."""
    rng = np.random.default_rng(0)
    for name in PICTURES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        noise = Image.fromarray(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8))
        picture = noise.resize(SIZES.get(name, USUAL), Image.Resampling.BICUBIC)
        if name == "cutout.png":
            picture.putalpha(picture.getchannel(0).point([0] * 100 + [255] * 156))
        picture.save(tmp_path / name)
    for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.delenv("GANTOOL_WEIGHTS", raising=False)
    backbone_path().parent.mkdir(parents=True)
    write_backbone(backbone_path())
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", PAGES)
def test_commands_run_as_they_stand(page: str, folder: Path, run: Run) -> None:
    ran = [command for command in commands(page) if not is_left_out(command)]
    assert len(ran) >= 2
    for command in ran:
        _without_results(folder / "photos")
        words = [part for word in shlex.split(command)[1:] for part in expanded(word)]
        answer = run(*words)
        assert answer.code == 0, f"{command}\n{answer.err}"


def _without_results(photos: Path) -> None:
    """Remove what earlier commands wrote beside the pictures: masks/ has masks of the pictures alone."""
    for path in photos.iterdir():
        if f"photos/{path.name}" not in PICTURES:
            path.unlink()


def test_nothing_is_left_out_for_nothing() -> None:
    everything = [command for page in PAGES for command in commands(page)]
    assert all(any(part in command for command in everything) for part in LEFT_OUT)
