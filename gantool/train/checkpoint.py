"""Checkpoints: everything that training goes on from, whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch.optim import Optimizer

from gantool.atomic import sweep
from gantool.errors import TrainError
from gantool.inference.memory import is_out_of_memory
from gantool.train.contest import Contest
from gantool.train.health import History
from gantool.train.meter import Meter
from gantool.train.players import Players
from gantool.train.repair import Condition
from gantool.train.tree import load_tree, read_mark, save_tree

_GOOD, _DOUBTFUL = "good", "doubtful"
_NAME = re.compile(r"step-(\d+)\.safetensors")
_DAMAGED = (SafetensorError, ValueError, KeyError, TypeError, OSError)


@dataclass
class Position:
    """Where a run stands, apart from its networks.

    `elapsed` is training time in seconds, over all resumptions and repairs. `best` is the best validation's
    figure, on the pictures of the fingerprint `held_out`; `picked` is that of the average which would be
    exported. `condition`, `history` and `meter` (the log window that is not yet full) are what repairs are
    decided by.
    """

    step: int = 0
    elapsed: float = 0.0
    best: float | None = None
    picked: float | None = None
    held_out: str = ""
    condition: Condition = field(default_factory=Condition)
    history: History = field(default_factory=History)
    meter: Meter = field(default_factory=Meter)

    def meets(self, held_out: str) -> bool:
        """Note the held-out pictures' fingerprint. Where it is another, forget the best, and return False."""
        same = self.held_out in ("", held_out)
        self.held_out = held_out
        if not same:
            self.best = None
        return same

    def state(self) -> dict[str, Any]:
        """Return everything as plain values and tensors."""
        parts = {"condition": asdict(self.condition), "history": self.history.state()}
        return {**vars(self), **parts, "meter": self.meter.state()}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Position:
        """Return the position that `state` gave; older checkpoints know nothing of health or picks."""
        picked, held_out = state.get("picked", state["best"]), state.get("held_out", "")
        position = cls(state["step"], state["elapsed"], state["best"], picked, held_out)
        if "condition" in state:
            position.condition = Condition(**state["condition"])
            position.history = History.from_state(state["history"])
            position.meter.load(state["meter"])
        return position


def save_checkpoint(
    folder: Path, players: Players, contest: Contest, position: Position, keep: int, good: bool = True
) -> Path:
    """Write `step-NNNNNNNN.safetensors`, and prune all but the last `keep` and the last good one."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"step-{position.step:08d}.safetensors"
    tree = {"position": position.state(), "players": _state(players, contest)}
    save_tree(path, tree, mark=_GOOD if good else _DOUBTFUL)
    paths = list_checkpoints(folder)
    last_good = next((one for one in reversed(paths) if _is_good(one)), None)
    for old in paths[:-keep]:
        if old != last_good:
            old.unlink()
    return path


def sweep_run(run: Path) -> None:
    """Remove what killed processes have half written in a run folder: checkpoints are large."""
    for folder in (run, checkpoints_of(run)):
        sweep(folder)


def checkpoints_of(run: Path) -> Path:
    """Return the folder that holds a run's checkpoints."""
    return run / "checkpoints"


def drop_later(folder: Path, step: int) -> None:
    """Remove the checkpoints after `step`: a run that went back is to be resumed from there."""
    for path in list_checkpoints(folder):
        if _step_of(path) > step:
            path.unlink()


def list_checkpoints(folder: Path) -> list[Path]:
    """Return the checkpoints, oldest first; a copy that somebody has put beside them is theirs alone."""
    found = (path for path in folder.glob("step-*.safetensors") if _NAME.fullmatch(path.name))
    return sorted(found, key=_step_of)


def load_newest(
    folder: Path, players: Players, contest: Contest, good_only: bool = False
) -> tuple[Position, tuple[str, ...]]:
    """Restore the newest whole checkpoint; also return a line for each torn one that was passed over.

    With `good_only`, those are left out that were saved while the run was in doubt.

    Raises:
        TrainError: there is no whole checkpoint, or it belongs to other networks.
    """
    passed_over: list[str] = []
    for path in reversed(list_checkpoints(folder)):
        try:
            if good_only and read_mark(path) == _DOUBTFUL:
                continue
            tree = load_tree(path)
        except _DAMAGED as problem:
            passed_over.append(f"{path.name} is damaged ({problem}); going back to the one before")
            continue
        return _fitted(path, tree, players, contest), tuple(passed_over)
    raise TrainError(f"{folder} holds no whole checkpoint", "start the run anew with another --run")


def _fitted(path: Path, tree: Any, players: Players, contest: Contest) -> Position:
    try:
        _restore(players, contest, tree["players"])
        return Position.from_state(tree["position"])
    except (RuntimeError, KeyError, ValueError, TypeError) as problem:
        if isinstance(problem, RuntimeError) and is_out_of_memory(problem):
            raise
        raise TrainError(
            f"{path} is not of these networks and optimisers",
            "its run.json or plugin has changed: put that back, or start the run anew with another --run",
        ) from problem


def _step_of(path: Path) -> int:
    return int(path.stem.removeprefix("step-"))


def _is_good(path: Path) -> bool:
    try:
        return read_mark(path) != _DOUBTFUL
    except _DAMAGED:
        return False


def _state(players: Players, contest: Contest) -> dict[str, Any]:
    state: dict[str, Any] = {"ema": players.ema.state_dict(), "scaler": players.scaler.state_dict()}
    for name, player in (("generator", players.generator), ("discriminator", players.discriminator)):
        if player:
            state[name] = {
                "network": player.network.state_dict(),
                "optimizers": [optimizer.state_dict() for optimizer in player.optimizers],
            }
    if contest.adaptive:
        state["adaptive"] = contest.adaptive.state_dict()
    return state


def _restore(players: Players, contest: Contest, state: dict[str, Any]) -> None:
    players.ema.load_state_dict(state["ema"])
    players.scaler.load_state_dict(state["scaler"])
    for name, player in (("generator", players.generator), ("discriminator", players.discriminator)):
        if player:
            player.network.load_state_dict(state[name]["network"])
            for optimizer, kept in zip(player.optimizers, state[name]["optimizers"], strict=True):
                optimizer.load_state_dict(kept)
                _lay_out(optimizer)
    if contest.adaptive:
        contest.adaptive.load_state_dict(state["adaptive"])


def _lay_out(optimizer: Optimizer) -> None:
    """Give each moment the strides of its parameter: files hold none, and fused Adam relies on them."""
    for parameter, state in optimizer.state.items():
        for name, value in state.items():
            if value.shape == parameter.shape and value.stride() != parameter.stride():
                state[name] = torch.empty_like(parameter).copy_(value)
