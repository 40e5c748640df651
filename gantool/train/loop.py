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
from gantool.train.contest import Moment
from gantool.train.distributed import Ranks, agree
from gantool.train.feed import Feed, step_seed
from gantool.train.logs import RunLog
from gantool.train.patience import patiently
from gantool.train.players import Players, make_players
from gantool.train.settings import budget_of
from gantool.train.step import Rules, StepReport, train_step
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
        rules: Rules,
        folder: Path,
        device: torch.device,
        ranks: Ranks,
        console: Console,
    ) -> None:
        self.recipe = recipe
        self.rules = rules
        self.settings = rules.settings
        self.budget = budget_of(rules.settings)
        self.folder = folder
        self.device = device
        self.ranks = ranks
        self.console = console
        self.position = Position()
        self.interrupt = Interrupt()
        torch.manual_seed(self.settings.seed)
        self.players: Players = make_players(recipe, self.settings, device, ranks)

    def resume(self) -> None:
        """Go on from the run folder's newest whole checkpoint."""
        self.position, passed_over = load_newest(
            self.folder / "checkpoints", self.players, self.rules.contest
        )
        for line in passed_over:
            self.console.print(line)

    def run(self) -> bool:
        """Train until the budget is spent; return False when interrupted before."""
        before = {
            sign: signal.signal(sign, self.interrupt.handle) for sign in (signal.SIGINT, signal.SIGTERM)
        }
        log = RunLog(self.folder, self.position.step, self.console) if self.ranks.writes else None
        feed = Feed(self.recipe, self.settings, self.ranks, self.rules.contest.game.n_critic)
        try:
            self._steps(feed, log)
        finally:
            feed.close()
            if log:
                log.close()
            for sign, handler in before.items():
                signal.signal(sign, handler)
        return self._progress() >= 1.0

    def _steps(self, feed: Feed, log: RunLog | None) -> None:
        settings, position = self.settings, self.position
        window = Window(position)
        while self._progress() < 1.0 and not agree(self.ranks, float(self.interrupt.asked), self.device):
            started = time.perf_counter()
            torch.manual_seed(
                step_seed(settings.seed, position.step) + self.ranks.rank
            )  # dropout and the like
            report = train_step(
                self.recipe, self.players, self.rules, feed.take(position.step), self._moment()
            )
            position.step += 1
            position.elapsed += time.perf_counter() - started
            if log and position.step % settings.log_every == 0:
                log.write("train", position.step, window.close(report, position, feed, self._rate()))
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

    def _moment(self) -> Moment:
        step = self.position.step
        observe = (step + 1) % self.settings.log_every == 0
        return Moment(step, self._progress(), observe=observe)

    def _rate(self) -> float:
        return float(self.players.generator.optimizer.param_groups[0]["lr"])

    def _save(self) -> None:
        def save() -> None:
            folder = self.folder / "checkpoints"
            save_checkpoint(folder, self.players, self.rules.contest, self.position, self.settings.keep)

        patiently(save, self.console.print, lambda: self.interrupt.asked)

    @torch.no_grad()
    def _validate(self, log: RunLog) -> None:
        average = self.players.ema.module
        average.eval()
        with self.players.autocast():
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

    def close(self, report: StepReport, position: Position, feed: Feed, rate: float) -> Mapping[str, float]:
        """Return the window's figures and begin the next; only here are tensors made floats."""
        losses = {name: float(term) for name, term in report.terms.items()}
        signals = {f"health/{name}": float(signal) for name, signal in report.signals.items()}
        bad = [name for name, value in losses.items() if value != value]
        if bad:
            raise TrainError(
                f"the loss {bad[0]} is not a number at step {position.step}", "lower --lr or use --amp fp32"
            )
        seconds = max(1e-9, position.elapsed - self._elapsed)
        steps = position.step - self._step
        speed = {"steps_per_s": steps / seconds, "waiting": (feed.waited - self._waited) / seconds}
        self._step, self._elapsed, self._waited = position.step, position.elapsed, feed.waited
        return {**losses, "lr": rate, **speed, **signals}
