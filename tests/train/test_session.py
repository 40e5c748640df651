"""How runs begin and end: one at a time in a folder, told in a line, and nothing left behind."""

from __future__ import annotations

import errno
import shutil
import threading
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

import pytest
import torch
from rich.console import Console
from safetensors.torch import load, load_file
from torch import Tensor, nn

import gantool
from gantool import plugins
from gantool.atomic import is_free
from gantool.errors import TrainError, UsageError
from gantool.train import session
from gantool.train.events import EventKind, read_events
from gantool.train.folder import new_run_folder, read_run
from gantool.train.loop import Trainer
from gantool.train.occupied import LOCK_FILE, occupied
from gantool.train.processes import launch
from tests.cli.conftest import Run, run
from tests.train.pictures import write
from tests.train.toy import ToyRecipe

__all__ = ["run"]

pytestmark = pytest.mark.usefixtures("photos")

TRAIN = ("train", "superres", "--data", "photos", "--patch", "16", "--batch", "2", "--scale", "2")
TRAIN += ("--steps", "2", "--log-every", "1", "--device", "cpu")


def train_here() -> gantool.TrainResult:
    options = {"steps": 2, "patch": 16, "batch": 2, "scale": 2}
    return gantool.train("superres", data="photos", run="here", device="cpu", **options)


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException, name: str = "_step") -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(Trainer, name, fail)


def test_a_run_folder_is_one_runs_at_a_time(run: Run) -> None:
    assert run(*TRAIN, "--run", "taken").code == 0
    Path("new").mkdir()
    with occupied(Path("taken")), occupied(Path("new")):
        for arguments in (("train", "superres", "--resume", "taken"), (*TRAIN, "--run", "new")):
            answer = run(*arguments)
            assert answer.code == 1
            assert f"a run is going on in {arguments[-1]}; wait for its end" in answer.err
        assert run("runs", "show", "taken").code == 0
        assert Path("new", LOCK_FILE).exists()
    assert run(*TRAIN, "--run", "new").code == 0
    assert not Path("new", LOCK_FILE).exists()


def test_a_lock_that_its_holder_removed_is_taken_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """One opens the file, its holder removes it and is done, another takes a file of that name."""
    Path("here").mkdir()
    times = []

    def removed_before(stream: BinaryIO) -> bool:
        times.append(stream)
        if len(times) == 1:
            Path("here", LOCK_FILE).unlink()
        return is_free(stream)

    monkeypatch.setattr("gantool.train.occupied.is_free", removed_before)
    with occupied(Path("here")):
        assert len(times) == 2
        with pytest.raises(TrainError, match="going on"), occupied(Path("here")):
            pass


def test_a_run_that_came_and_went_is_seen(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(*TRAIN, "--run", "taken").code == 0
    before = Path("taken/run.json").read_bytes()
    monkeypatch.setattr("gantool.cli.train.new_run_folder", lambda *_: Path("taken"))
    answer = run(*TRAIN, "--steps", "3", "--run", "taken")
    assert "already holds a run" in answer.err
    assert Path("taken/run.json").read_bytes() == before


def test_a_file_system_without_locks_is_no_hindrance(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("gantool.atomic._lock", refuse)
    Path("here").mkdir()
    with occupied(Path("here")), occupied(Path("here")):
        pass
    assert not list(Path("here").iterdir())


def test_two_that_look_for_a_free_name_find_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "exists", lambda _: False)  # each looks before the other makes its folder
    assert {new_run_folder(None, "toy"), new_run_folder(None, "toy")} == {
        Path("runs/toy-1"),
        Path("runs/toy-2"),
    }


@pytest.mark.parametrize("name", ["x[v2]", "[/b]", ":cat:"])
def test_a_folders_name_is_printed_as_it_is(name: str, run: Run) -> None:
    answer = run(*TRAIN, "--run", name)
    assert answer.code == 0
    assert f"run folder {name}\n" in answer.err
    assert f"health: {name}/report.html\n" in answer.err


@pytest.mark.parametrize(
    "error", [torch.OutOfMemoryError("CUDA out of memory."), RuntimeError("can't allocate memory: x")]
)
def test_too_little_memory_is_a_line(error: RuntimeError, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, error)
    answer = run(*TRAIN, "--run", "here")
    assert answer.code == 1
    assert answer.err.splitlines()[-1] == (
        "error: there is not enough memory to train this; lower --batch or --patch in a new run (GT602)"
    )
    last = read_events(Path("here"))[-1]
    assert (last.kind, last.text.split(";")[0]) == (
        EventKind.STOPPED,
        "there is not enough memory to train this",
    )


def test_a_run_that_fails_says_that_it_has_stopped(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, ZeroDivisionError("a bug"))
    with pytest.raises(ZeroDivisionError):
        train_here()
    last = read_events(Path("here"))[-1]
    assert (last.kind, last.text) == (EventKind.STOPPED, "by ZeroDivisionError: a bug")
    assert "stopped" in run("runs", "list", ".").out


def test_a_stop_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def diverge(trainer: Trainer, *_: object) -> None:
        session._tell(trainer, EventKind.STOPPED, "no repair is left")
        raise TrainError("the run diverges")

    monkeypatch.setattr(Trainer, "_step", diverge)
    with pytest.raises(TrainError):
        train_here()
    stops = [event.text for event in read_events(Path("here")) if event.kind is EventKind.STOPPED]
    assert stops == ["no repair is left"]


def test_a_thread_may_train() -> None:
    done: list[gantool.TrainResult] = []

    def work() -> None:
        done.append(train_here())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done[0].finished


def interrupt(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("at", ["gantool.cli.train._train", "gantool.train.session._inputs"])
def test_an_interruption_while_loading_leaves_no_folder(
    at: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(at, interrupt)
    assert run(*TRAIN).code == 130
    assert not list(Path("runs").iterdir())


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"WORLD_SIZE": "2"}, "WORLD_SIZE is 2, without RANK, MASTER_ADDR, MASTER_PORT"),
        ({"WORLD_SIZE": "two"}, "WORLD_SIZE is 'two' in the environment, no number"),
    ],
)
def test_half_a_launchers_environment_is_a_line(
    environment: dict[str, str], says: str, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    for name in ("RANK", "MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(UsageError, match="start several processes by torchrun"):
        launch()
    answer = run(*TRAIN, "--run", "here")
    assert answer.code == 2
    assert says in answer.err


@pytest.mark.parametrize("taken", [1, 0])
def test_a_recipe_may_name_the_tensors_without_a_match(
    taken: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two of three layers find none: that is four tensors, and more than there are layers."""

    class ByTensors(ToyRecipe):
        def initialise(self, tensors: Mapping[str, Tensor]) -> tuple[str, ...]:
            return tuple(name for name in self.generator.state_dict() if name not in tensors)

    recipe = ByTensors()
    recipe.generator = nn.Sequential(*(nn.Conv2d(3, 3, 1) for _ in range(3)))
    layer = {name: value for name, value in recipe.generator.state_dict().items() if name[0] == "0"}
    torch.save(layer if taken else {"other": torch.zeros(1)}, tmp_path / "start.pth")
    task = plugins.load("superres")
    begin = partial(session._initialise, task, recipe, str(tmp_path / "start.pth"), Console())
    if taken:
        begin()
        assert "layers without a match: 1, 2\n" in capsys.readouterr().out
    else:
        with pytest.raises(UsageError, match="no layer in common"):
            begin()


def test_a_run_is_resumed_elsewhere(run: Run) -> None:
    assert run(*TRAIN, "--run", "here").code == 0
    described = read_run(Path("here"))
    replace(described, device="cuda:7").write(Path("here"))
    Path("photos").rename("moved")
    write(Path("val/9.png"), 9, 64, 64)
    answer = run(
        "train", "superres", "--resume", "here", "--data", "moved", "--val", "val", "--device", "cpu"
    )
    assert answer.code == 0, answer.err
    now = read_run(Path("here"))
    assert (now.data, now.val) == (str(Path("moved").resolve()), str(Path("val").resolve()))
    assert now == replace(described, data=now.data, val=now.val)
    assert "the training set has changed" in answer.err  # what was held out is trained on now
    assert run("train", "superres", "--resume", "here").code == 0
    refused = run("train", "superres", "--resume", "here", "--data", "moved", "--lr", "1")
    assert refused.code == 2
    assert "; --lr cannot change it; leave it out" in refused.err


def test_a_run_without_checkpoints_begins_anew_unless_it_has_made_a_weight(run: Run) -> None:
    assert run(*TRAIN, "--run", "run").code == 0
    shutil.rmtree("run/checkpoints")
    made = next(Path("run").glob("superres-*.safetensors"))
    whole = made.read_bytes()
    refused = run("train", "superres", "--resume", "run")
    assert (refused.code, f"holds {made.name} and no checkpoint" in refused.err) == (1, True)
    made.unlink()
    anew = run("train", "superres", "--resume", "run")
    assert (anew.code, "no checkpoint: the run begins anew" in anew.err) == (0, True)
    assert load_file(made).keys() == load(whole).keys()


def test_a_run_of_another_task_is_a_line(run: Run) -> None:
    assert run(*TRAIN, "--run", "here").code == 0
    answer = run("train", "denoise", "--resume", "here")
    assert answer.code == 2
    assert answer.err == "error: here is a run of superres; take `gantool train superres` (GT100)\n"


@pytest.mark.parametrize("task", ["denoise", "inpaint"])
def test_augmentation_is_refused_where_pictures_are_judged_beside_others(task: str, run: Run) -> None:
    answer = run("train", task, "--data", "photos", "--kind", "photo", "--steps", "1", "--augment", "diff")
    assert answer.code == 2
    assert f"--augment diff would move the pictures away from what the discriminator of {task}" in answer.err
