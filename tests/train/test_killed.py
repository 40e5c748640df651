"""kill -9 at twenty random moments, every feature on: the final weights are those of a whole run."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from pathlib import Path

import torch

from gantool.train.checkpoint import list_checkpoints
from gantool.train.game import Augment, Game, GameSettings
from gantool.train.tree import load_tree
from tests.train.test_step import make_trainer

KILLS = 20
STEPS = 900
GAME = GameSettings(
    game=Game.hinge,
    adversarial=0.01,
    n_critic=2,
    r1=0.1,
    lazy=4,
    feature_matching=0.01,
    augment=Augment.ada,
    ada_speed=1.0,
    instance_noise=0.05,
)


def train(folder: Path) -> None:
    torch.set_num_threads(1)
    trainer = make_trainer(
        folder, GAME, steps=STEPS, save_every=2, log_every=10, val_every=50, accumulate=2, clip=1.0
    )
    if list_checkpoints(folder / "checkpoints"):
        trainer.resume()
    trainer.run()


def started(folder: Path) -> multiprocessing.process.BaseProcess:
    folder.mkdir(exist_ok=True)
    process = multiprocessing.get_context("fork").Process(target=train, args=(folder,))
    process.start()
    return process


def newest(folder: Path) -> str:
    return max((path.name for path in folder.glob("checkpoints/step-*")), default="")


def kill_soon(folder: Path, rng: random.Random) -> None:
    """Kill a run a random while after it has got further, perhaps while it writes."""
    before, process = newest(folder), started(folder)
    while newest(folder) == before:
        assert process.is_alive()
        time.sleep(0.002)
    time.sleep(rng.uniform(0, 0.1))
    assert process.is_alive(), "the run is too short for this test"
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()


def last(folder: Path) -> dict[str, object]:
    process = started(folder)
    process.join()
    assert process.exitcode == 0
    path = list_checkpoints(folder / "checkpoints")[-1]
    assert path.name == f"step-{STEPS:08d}.safetensors"
    state: dict[str, object] = load_tree(path)["players"]
    return state


def equal(first: object, second: object) -> bool:
    if isinstance(first, torch.Tensor):
        return isinstance(second, torch.Tensor) and torch.equal(first, second)
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(equal(first[key], second[key]) for key in first)
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(equal, first, second))
    return first == second


def test_killed_twenty_times_equals_uninterrupted(tmp_path: Path) -> None:
    rng = random.Random(20)
    for _ in range(KILLS):
        kill_soon(tmp_path / "killed", rng)
    killed = last(tmp_path / "killed")
    assert equal(killed, last(tmp_path / "whole"))
    rows = (tmp_path / "killed" / "train.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in rows[1:]] == [str(step) for step in range(10, STEPS + 1, 10)]
