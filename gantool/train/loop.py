"""The loop around the step: budget, validation, checkpoints, interruption."""

from __future__ import annotations

import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import torch
from rich.console import Console

from gantool.errors import TrainError
from gantool.task import Recipe, Validation
from gantool.train.checkpoint import Position, load_newest, save_checkpoint
from gantool.train.distributed import Ranks, agree
from gantool.train.feed import Feed, step_seed
from gantool.train.logs import RunLog
from gantool.train.players import Players, make_players
from gantool.train.settings import Settings, budget_of
from gantool.train.step import Terms, train_step
from gantool.train.tree import save_tree


@dataclass
class Interrupt:
    """Set by Ctrl-C or a termination signal; the loop saves and ends after the step at hand."""

    asked: bool = False

    def handle(self, _signal: int, _frame: FrameType | None) -> None:
        """Ask for the end; a second Ctrl-C ends at once."""
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True


class Trainer:
    """A recipe, its players and a run folder."""

    def __init__(
        self,
        recipe: Recipe,
        settings: Settings,
        folder: Path,
        device: torch.device,
        ranks: Ranks,
        console: Console,
    ) -> None:
        self.recipe = recipe
        self.settings = settings
        self.budget = budget_of(settings)
        self.folder = folder
        self.device = device
        self.ranks = ranks
        self.console = console
        self.position = Position()
        torch.manual_seed(settings.seed)
        self.players: Players = make_players(recipe, settings, device, ranks)

    def resume(self) -> None:
        """Go on from the run folder's newest whole checkpoint."""
        self.position, passed_over = load_newest(self.folder / "checkpoints", self.players)
        for line in passed_over:
            self.console.print(line)

    def run(self) -> bool:
        """Train until the budget is spent; return False when interrupted before."""
        interrupt = Interrupt()
        before = {sign: signal.signal(sign, interrupt.handle) for sign in (signal.SIGINT, signal.SIGTERM)}
        log = RunLog(self.folder, self.position.step, self.console) if self.ranks.writes else None
        feed = Feed(self.recipe, self.settings, self.ranks)
        try:
            self._steps(feed, log, interrupt)
        finally:
            feed.close()
            if log:
                log.close()
            for sign, handler in before.items():
                signal.signal(sign, handler)
        return self._progress() >= 1.0

    def _steps(self, feed: Feed, log: RunLog | None, interrupt: Interrupt) -> None:
        settings, position = self.settings, self.position
        window = Window(position)
        while self._progress() < 1.0 and not agree(self.ranks, float(interrupt.asked), self.device):
            started = time.perf_counter()
            torch.manual_seed(
                step_seed(settings.seed, position.step) + self.ranks.rank
            )  # dropout and the like
            terms = train_step(
                self.recipe, self.players, settings, feed.take(position.step), self._progress()
            )
            position.step += 1
            position.elapsed += time.perf_counter() - started
            if log and position.step % settings.log_every == 0:
                log.write("train", position.step, window.close(terms, position, feed, self._rate()))
            if log and position.step % settings.val_every == 0:
                self._validate(log)
            if log and position.step % settings.save_every == 0:
                self._save()
        if log:
            if position.step % settings.val_every:
                self._validate(log)
            self._save()

    def _progress(self) -> float:
        return agree(self.ranks, self.budget.progress(self.position.step, self.position.elapsed), self.device)

    def _rate(self) -> float:
        return float(self.players.generator.optimizer.param_groups[0]["lr"])

    def _save(self) -> None:
        save_checkpoint(self.folder / "checkpoints", self.players, self.position, self.settings.keep)

    @torch.no_grad()
    def _validate(self, log: RunLog) -> None:
        average = self.players.ema.module
        average.eval()
        enabled = self.players.dtype is not torch.float32
        with torch.autocast(self.device.type, self.players.dtype, enabled=enabled):
            validation = self.recipe.validate(average)
        log.write("val", self.position.step, validation.figures)
        if validation.grid is not None:
            log.grid(self.position.step, validation.grid)
        if self._is_best(validation):
            self.position.best = validation.figures[validation.best_by]
            save_tree(self.folder / "best.safetensors", dict(average.state_dict()))

    def _is_best(self, validation: Validation) -> bool:
        value, best = validation.figures[validation.best_by], self.position.best
        if best is None:
            return True
        return value > best if validation.higher_is_better else value < best


class Window:
    """Speed and losses since the last log line."""

    def __init__(self, position: Position) -> None:
        self._step, self._elapsed, self._waited = position.step, position.elapsed, 0.0

    def close(self, terms: Terms, position: Position, feed: Feed, rate: float) -> Mapping[str, float]:
        """Return the window's figures and begin the next; only here are tensors made floats."""
        losses = {name: float(term) for name, term in terms.items()}
        bad = [name for name, value in losses.items() if value != value]
        if bad:
            raise TrainError(
                f"the loss {bad[0]} is not a number at step {position.step}", "lower --lr or use --amp fp32"
            )
        seconds = max(1e-9, position.elapsed - self._elapsed)
        steps = position.step - self._step
        speed = {"steps_per_s": steps / seconds, "waiting": (feed.waited - self._waited) / seconds}
        self._step, self._elapsed, self._waited = position.step, position.elapsed, feed.waited
        return {**losses, "lr": rate, **speed}
