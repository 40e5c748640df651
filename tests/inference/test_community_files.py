"""Files of other projects' networks: how they are read, and what is refused."""

from __future__ import annotations

import hashlib
import json
import pickle
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import nn

from gantool import plugins
from gantool.errors import UsageError, WeightError
from gantool.inference import steps
from gantool.task import AnyTask

from .foreign import CLEANER, LARGER, compact, dncnn, noise, opened, stored


@pytest.mark.parametrize("nest", ["", "params", "params_ema", "state_dict", "model"])
def test_checkpoints_of_all_wrappings(tmp_path: Path, nest: str) -> None:
    assert opened(LARGER, stored(tmp_path, compact(2), nest=nest)).scale == 2


def test_the_scale_is_the_networks(tmp_path: Path) -> None:
    path = stored(tmp_path, compact(2))
    runner = opened(LARGER, path)  # the options' own default is 4
    assert runner(noise(8, 8)).shape == (16, 16, 3)
    assert opened(LARGER, path, scale=2).scale == 2
    with pytest.raises(UsageError, match=r"--scale 4 is asked, and .*net\.pth enlarges x2"):
        opened(LARGER, path, scale=4)


def test_options_of_the_own_weights_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--kind is for the task's own weights"):
        opened(LARGER, stored(tmp_path, compact(2)), kind="fine")


def test_the_checksum_is_the_files(tmp_path: Path) -> None:
    path = stored(tmp_path, dncnn())
    (weight,) = opened(CLEANER, path).links[0].weights
    assert weight.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert weight.card.architecture == "spandrel DnCNN"


@pytest.mark.parametrize(
    ("network", "of", "words"),
    [(dncnn(), LARGER, "makes pictures cleaner"), (compact(), CLEANER, "makes pictures larger")],
)
def test_a_network_for_something_else(tmp_path: Path, network: nn.Module, of: AnyTask, words: str) -> None:
    with pytest.raises(WeightError, match=words):
        opened(of, stored(tmp_path, network))


class Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("executed",)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"a": torch.zeros(3)}, "of no architecture that spandrel"),
        ({"params": {"x": Evil()}}, "restricted loader"),
        ({"params": {"x": 3}}, "not a tensor"),
        (b"no pickle", "restricted loader"),
    ],
)
def test_bad_files_are_a_line_and_nothing_is_executed(
    tmp_path: Path, content: object, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.pth"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif "x" in content.get("params", {}):  # type: ignore[attr-defined]
        torch.save(content, path, pickle_module=pickle)
    else:
        torch.save(content, path)
    with pytest.raises(WeightError, match=words) as caught:
        opened(LARGER, path)
    assert "\n" not in str(caught.value)
    assert "executed" not in capsys.readouterr().out


@pytest.mark.parametrize("damage", ["shape", "nan"])
def test_damaged_networks_are_a_line(tmp_path: Path, damage: str) -> None:
    tensors = dict(compact(2).state_dict())
    tensors["body.2.weight"] = torch.full((3, 3) if damage == "shape" else (16, 16, 3, 3), float("nan"))
    if damage == "shape":
        tensors["body.2.weight"] = torch.zeros(3, 3)
    torch.save(tensors, tmp_path / "bad.pth")
    with pytest.raises(WeightError, match=r"bad\.pth"):
        opened(LARGER, tmp_path / "bad.pth")


def test_without_the_extra_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = stored(tmp_path, compact(2))
    monkeypatch.setattr(steps.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(WeightError, match=r'pip install "gantool\[community\]"'):
        opened(LARGER, path)
    with pytest.raises(WeightError, match="there is no weight file"):
        opened(LARGER, tmp_path / "none.pth")


def test_a_task_that_takes_none_says_what_it_said(tmp_path: Path) -> None:
    path = stored(tmp_path, compact(2))
    assert LARGER.enhance is not None
    own = replace(LARGER, enhance=replace(LARGER.enhance, foreign=None))
    with pytest.raises(WeightError, match="import it first"):
        opened(own, path)


@pytest.mark.parametrize(("name", "flags"), [("superres", ()), ("denoise", ())])
def test_the_projects_own_tasks_take_them(
    tmp_path: Path, name: str, flags: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    from gantool.cli import main

    assert name in plugins.names()
    path = stored(tmp_path, compact(2) if name == "superres" else dncnn())
    Image.fromarray(noise(20, 24)).save(tmp_path / "a.png", dpi=(300, 300))
    with pytest.raises(SystemExit) as ended:
        main(["enhance", name, str(tmp_path / "a.png"), "--weights", str(path), "--json", *flags])
    answer = capsys.readouterr()
    assert ended.value.code == 0, answer.err
    record = json.loads(answer.out)
    assert record["weights"] == [hashlib.sha256(path.read_bytes()).hexdigest()]
    with Image.open(record["target"]) as picture:
        assert picture.size == ((48, 40) if name == "superres" else (24, 20))
        assert round(picture.info["dpi"][0]) == 300
