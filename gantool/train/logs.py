"""What a run says while it goes: CSV, TensorBoard where installed, and a line or a live table with lights."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live

from gantool.errors import TrainError
from gantool.train.board import Board
from gantool.train.data.skipped import kind_of
from gantool.train.events import Event, EventKind, append_event
from gantool.train.folder import SAMPLES
from gantool.train.health import Finding, Light, Signal
from gantool.train.lights import changed, live_view, plain_line
from gantool.train.patience import patiently
from gantool.train.rows import Rows

if TYPE_CHECKING:
    from torch import Tensor

HEALTH = "health/"
"""Columns of the figures that health is judged by."""
LIGHTS = "lights/"
"""Columns of lights: 0 green, 1 yellow, 2 red; empty where a signal is not judged."""


class RunLog:
    """One CSV for each kind of row (train, val); rows after a resumption's step are dropped first.

    While the disk is full it waits, until `interrupted` says that the run is to end.
    """

    def __init__(
        self,
        folder: Path,
        resumed_at: int,
        console: Console,
        columns: Sequence[str],
        interrupted: Callable[[], bool] = lambda: False,
    ) -> None:
        self._interrupted = interrupted
        lights = [LIGHTS + signal.value for signal in Signal]
        self._folder = folder
        self._console = console
        self._train = Rows(folder / "train.csv", [*columns, *lights])
        self._val = Rows(folder / "val.csv")
        self._lights: dict[Signal, Light] = {}
        self._noted: set[tuple[Signal, Light]] = set()
        self._live = Live(console=console, refresh_per_second=2) if console.is_terminal else None
        self._board = Board(folder, self.tell)
        self.rewind(resumed_at)
        if self._live:
            self._live.start()

    def rewind(self, step: int) -> None:
        """Forget what was logged after `step`."""
        self._patiently(lambda: self._train.drop_after(step))
        self._patiently(lambda: self._val.drop_after(step))
        self._board.rewind(step)

    def window(self, step: int, figures: Mapping[str, float], findings: Sequence[Finding]) -> None:
        """Append a training row, and show the lights: all of them to a terminal, their changes to a pipe."""
        lights = {LIGHTS + finding.signal.value: float(finding.light) for finding in findings}
        self._patiently(lambda: self._train.append(step, {**figures, **lights}))
        self._board.figures("train", step, {**figures, **lights})
        shown = {name: value for name, value in figures.items() if not name.startswith(HEALTH)}
        if self._live:
            self._live.update(live_view(step, shown, findings))
        else:
            self._say("train", step, shown)
        for finding in changed(self._lights, findings):
            if not self._live:
                self.tell(plain_line(step, finding))
            if finding.light is not Light.green and (finding.signal, finding.light) not in self._noted:
                self._noted.add((finding.signal, finding.light))  # lights may flicker: the first time counts
                self.event(step, EventKind.WARNING, f"{finding.light.name}: {finding.sentence}")
        self._lights = {finding.signal: finding.light for finding in findings}

    def went_back(self, step: int, target: int, text: str) -> None:
        """Tell of a roll-back that happened at `step`, and forget what was logged after its `target`."""
        self.tell(f"repair step {step}  {text}")
        self.event(step, EventKind.ROLLED_BACK, text)
        self._lights, self._noted = {}, set()
        self.rewind(target)

    def validation(self, step: int, figures: Mapping[str, float], grid: Tensor | None) -> None:
        """Append a validation row; keep a sample grid (3, H, W) in [0, 1] as PNG and in TensorBoard.

        A run that is resumed after its last step validates again: one row of a step is enough.
        """
        self._patiently(lambda: self._val.drop_after(step - 1))
        self._patiently(lambda: self._val.append(step, figures))
        self._board.figures("val", step, figures)
        self._say("val", step, figures)
        if grid is not None:
            self._patiently(lambda: self._grid(step, grid))
            self._board.grid(step, grid)
        self.page()

    def event(self, step: int, kind: EventKind, text: str) -> None:
        """Add to the run's events."""
        self._patiently(lambda: append_event(self._folder, Event(step, kind, text)))

    def unreadable(self, step: int, line: str) -> None:
        """Tell of a picture that could not be read, or of those that were left out."""
        self.tell(line)
        self.event(step, kind_of(line), line)

    def page(self) -> None:
        """Write the run's page anew; what hinders it is told, and hinders nothing else."""
        from gantool.train.record.report import write_report

        try:
            write_report(self._folder)
        except TrainError as problem:
            self.tell(str(problem))

    def tell(self, line: str) -> None:
        """Print a line."""
        self._console.print(line, highlight=False, soft_wrap=True, markup=False)

    def close(self) -> None:
        """Flush and end the live table."""
        if self._live:
            self._live.stop()
        self._board.close()

    def _grid(self, step: int, grid: Tensor) -> None:
        from torchvision.utils import save_image

        folder = self._folder / SAMPLES
        folder.mkdir(exist_ok=True)
        save_image(grid, folder / f"step-{step:08d}.png")

    def _patiently(self, action: Callable[[], None]) -> None:
        patiently(action, self.tell, self._interrupted)

    def _say(self, name: str, step: int, figures: Mapping[str, float]) -> None:
        text = "  ".join(f"{key} {value:.5g}" for key, value in figures.items())
        self.tell(f"{name} step {step}  {text}")
