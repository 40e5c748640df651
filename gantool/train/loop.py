"""The loop around the step: budget, health and repair, validation, checkpoints, interruption."""

from __future__ import annotations

import math
import signal
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from rich.console import Console

from gantool.errors import PluginError
from gantool.task import Recipe, Validation
from gantool.train.checkpoint import (
    Position,
    checkpoints_of,
    drop_later,
    load_newest,
    save_checkpoint,
    sweep_run,
)
from gantool.train.contest import Moment
from gantool.train.critic import check_features, equip
from gantool.train.distributed import agree, wait_for_all
from gantool.train.events import EventKind
from gantool.train.feed import Feed, step_seed
from gantool.train.folder import BEST_FILE
from gantool.train.health import Finding
from gantool.train.logs import RunLog
from gantool.train.patience import patiently
from gantool.train.players import Players, make_players
from gantool.train.processes import Ranks
from gantool.train.repair import Divergence, divergence_of
from gantool.train.settings import Pick, budget_of
from gantool.train.signals import judge
from gantool.train.step import Rules, train_step
from gantool.train.tree import save_tree
from gantool.train.watch import Pace, columns_of, is_good, row_of


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
        rules.check_start(recipe.discriminator is not None)
        torch.manual_seed(self.settings.seed)
        game = rules.contest.game
        equip(recipe.discriminator, game)
        self.players: Players = make_players(recipe, self.settings, device, ranks, game.has_slopes)
        check_features(recipe, game, self.settings.batch)

    def resume(self) -> None:
        """Go on from the run folder's newest whole checkpoint."""
        self._go_on(self._load(good_only=False))

    def run(self) -> bool:
        """Train until the budget is spent; return False when interrupted before.

        Raises:
            TrainError: the run diverges, and no repair is left.
        """
        before = self._listen()
        log = self._open_log() if self.ranks.writes else None
        feed = Feed(self.recipe, self.settings, self.ranks, self.rules.contest.game.n_critic)
        try:
            if log:
                sweep_run(self.folder)
            if log and not self.position.step:
                self._save()  # so that there always is a checkpoint to go back to
            self._steps(feed, log)
        finally:
            feed.close()
            if log:
                log.close()
            for sign, handler in before.items():
                signal.signal(sign, handler)
        return self._progress() >= 1.0

    def _listen(self) -> dict[int, Any]:
        """Heed interruptions, and return what did so before; Python allows that to the main thread alone."""
        if threading.current_thread() is not threading.main_thread():
            return {}
        return {sign: signal.signal(sign, self.interrupt.handle) for sign in (signal.SIGINT, signal.SIGTERM)}

    def _steps(self, feed: Feed, log: RunLog | None) -> None:
        settings, pace = self.settings, Pace(self.position, feed)
        while self._progress() < 1.0 and not agree(self.ranks, float(self.interrupt.asked), self.device):
            self._step(feed)
            step = self.position.step
            findings = self._close_window(pace, log) if step % settings.log_every == 0 else ()
            if self.position.condition.is_ill(settings):
                self._go_back(findings, log)
                pace.restart(self.position)
                continue
            kept = log is not None and step % settings.val_every == 0 and self._validate(log)
            # Going on from before the average that was kept, a run would export what it knows nothing of.
            if log and (kept or step % settings.save_every == 0):
                self._save()
        ended = self._progress() >= 1.0
        if ended and self.position.meter.steps:
            self._close_window(pace, log)  # the last one, which may be shorter
        if log and ended and self.position.step % settings.val_every:
            self._validate(log)
        if log:
            # A run that was interrupted goes back, if ever, to where it would have gone without that.
            self._save(may_go_back=ended or self.position.step % settings.save_every == 0)

    def _step(self, feed: Feed) -> None:
        position, attempt = self.position, self.position.condition.rolled_back
        started = time.perf_counter()
        seed = step_seed(self.settings.seed, position.step, attempt)
        torch.manual_seed(seed + self.ranks.rank)  # dropout and the like
        batches = feed.take(position.step, attempt)
        report = train_step(self.recipe, self.players, self.rules, batches, self._moment())
        position.step += 1
        position.elapsed += time.perf_counter() - started
        position.meter.add(report)
        position.condition = position.condition.after_step(report.skipped)

    def _close_window(self, pace: Pace, log: RunLog | None) -> tuple[Finding, ...]:
        """Judge the steps since the last log line; rank 0's judgement holds for all."""
        position, rate = self.position, self._rate()
        speed, waiting = pace.close(position)
        window = position.meter.close(waiting, rate / max(self.settings.lr, 1e-30))
        position.history = position.history.grown(window)
        findings = judge(position.history, self.rules.contest.game)
        if log:
            log.window(position.step, row_of(window, speed, rate, position.elapsed), findings)
            for line in self.recipe.take_notes():
                log.unreadable(position.step, line)
            if window.skipped:
                log.event(position.step, EventKind.SKIPPED_STEP, f"{window.skipped} of {window.steps} steps")
        found = Divergence(int(agree(self.ranks, float(divergence_of(findings)), self.device)))
        position.condition = position.condition.after_window(found)
        return findings

    def _go_back(self, findings: tuple[Finding, ...], log: RunLog | None) -> None:
        """Go on from the last good checkpoint, at lower rates and with other randomness, on all ranks."""
        ill = self.position
        reason = ill.condition.reason(findings, ill.meter.broken)
        if not ill.condition.may_repair(self.settings):
            if log:
                log.event(ill.step, EventKind.STOPPED, f"no repair is left: {reason}")
            raise ill.condition.refusal(ill.step, reason, self.settings, self.players.moved)
        good = self._load(good_only=True)
        condition = ill.condition.after_repair()
        kept = {name: getattr(ill, name) for name in ("elapsed", "best", "picked", "held_out")}
        self._go_on(replace(good, **kept, condition=condition))
        wait_for_all(self.ranks)  # nobody reads when the files change
        if log:
            self._save()
            drop_later(checkpoints_of(self.folder), good.step)
            log.went_back(ill.step, good.step, f"back to step {good.step}, {condition.scales}: {reason}")

    def _go_on(self, position: Position) -> None:
        self.position = position
        self.players.scale_rates(position.condition.scales)

    def _load(self, good_only: bool) -> Position:
        folder = checkpoints_of(self.folder)
        position, passed_over = load_newest(folder, self.players, self.rules.contest, good_only)
        for line in passed_over:
            self._say(line)
        return position

    def _open_log(self) -> RunLog:
        columns = columns_of(self.rules, self.players.discriminator is not None)
        return RunLog(self.folder, self.position.step, self.console, columns, self._interrupted)

    def _progress(self) -> float:
        return agree(self.ranks, self.budget.progress(self.position.step, self.position.elapsed), self.device)

    def _moment(self) -> Moment:
        step, settings = self.position.step, self.settings
        observe = (step + 1) % settings.log_every == 0 or step + 1 == settings.steps
        return Moment(step, self._progress(), observe)

    def _rate(self) -> float:
        return float(self.players.generator.optimizers[0].param_groups[0]["lr"])

    def _save(self, may_go_back: bool = True) -> None:
        contest, position = self.rules.contest, self.position
        good = may_go_back and is_good(position, contest.game)

        def save() -> None:
            folder = checkpoints_of(self.folder)
            save_checkpoint(folder, self.players, contest, position, self.settings.keep, good)

        patiently(save, self._say, self._interrupted)

    def _say(self, line: str) -> None:
        self.console.print(line, soft_wrap=True, markup=False)

    def _interrupted(self) -> bool:
        return self.interrupt.asked

    @torch.no_grad()
    def _validate(self, log: RunLog) -> bool:
        """Measure the average, and tell whether it was kept as the one to export."""
        average = self.players.ema.module
        average.eval()
        with self.players.autocast():
            validation = self.recipe.validate(average)
        _check_pick(validation)
        log.validation(self.position.step, validation.figures, validation.grid)
        figure = float(validation.figures[validation.best_by])  # a tensor has no place in run files and cards
        position = self.position
        if math.isnan(figure):
            return False  # nothing compares with it: it would stay the best
        better = position.best is None or (
            figure > position.best if validation.higher_is_better else figure < position.best
        )
        if better:
            position.best = figure
        kept = better or self.settings.pick is Pick.last
        if kept:
            position.picked = figure
            self._keep(dict(average.state_dict()))
        return kept

    def _keep(self, tensors: dict[str, torch.Tensor]) -> None:
        """Write the average that would be exported."""
        kept = self.folder / BEST_FILE
        patiently(lambda: save_tree(kept, tensors), self._say, self._interrupted)


def _check_pick(validation: Validation) -> None:
    """Raise PluginError where no figure is the one to pick by."""
    if validation.best_by not in validation.figures:
        known = ", ".join(sorted(validation.figures)) or "none"
        raise PluginError(
            f"Validation.best_by is {validation.best_by!r}, and the figures are {known}",
            "let Recipe.validate pick by one of them",
        )
