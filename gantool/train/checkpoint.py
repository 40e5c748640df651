"""Checkpoints: everything that training goes on from, whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError

from gantool.errors import TrainError
from gantool.train.contest import Contest
from gantool.train.players import Players
from gantool.train.tree import load_tree, save_tree


@dataclass
class Position:
    """Where a run stands. `elapsed` is training time in seconds, over all resumptions."""

    step: int = 0
    elapsed: float = 0.0
    best: float | None = None


def save_checkpoint(folder: Path, players: Players, contest: Contest, position: Position, keep: int) -> Path:
    """Write `step-NNNNNNNN.safetensors` and prune all but the last `keep`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"step-{position.step:08d}.safetensors"
    save_tree(path, {"position": vars(position), "players": _state(players, contest)})
    for old in list_checkpoints(folder)[:-keep]:
        old.unlink()
    return path


def list_checkpoints(folder: Path) -> list[Path]:
    """Return the checkpoints, oldest first."""
    return sorted(folder.glob("step-*.safetensors"))


def load_newest(folder: Path, players: Players, contest: Contest) -> tuple[Position, tuple[str, ...]]:
    """Restore the newest whole checkpoint; also return a line for each torn one that was passed over.

    Raises:
        TrainError: there is no whole checkpoint.
    """
    passed_over: list[str] = []
    for path in reversed(list_checkpoints(folder)):
        try:
            tree = load_tree(path)
        except (SafetensorError, ValueError, KeyError, OSError) as problem:
            passed_over.append(f"{path.name} is damaged ({problem}); going back to the one before")
            continue
        _restore(players, contest, tree["players"])
        return Position(**tree["position"]), tuple(passed_over)
    raise TrainError(f"{folder} holds no whole checkpoint", "start the run anew with another --run")


def _state(players: Players, contest: Contest) -> dict[str, Any]:
    state: dict[str, Any] = {"ema": players.ema.state_dict(), "scaler": players.scaler.state_dict()}
    for name, player in (("generator", players.generator), ("discriminator", players.discriminator)):
        if player:
            state[name] = {
                "network": player.network.state_dict(),
                "optimizer": player.optimizer.state_dict(),
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
            player.optimizer.load_state_dict(state[name]["optimizer"])
    if contest.adaptive:
        contest.adaptive.load_state_dict(state["adaptive"])
