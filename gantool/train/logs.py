"""What a run says while it goes: CSV, TensorBoard where installed, and a line or a live table."""

from __future__ import annotations

import csv
import importlib.util
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.table import Table

if TYPE_CHECKING:
    from torch import Tensor
    from torch.utils.tensorboard import SummaryWriter


class RunLog:
    """One CSV for each kind of row (train, val); rows after a resumption's step are dropped first."""

    def __init__(self, folder: Path, resumed_at: int, console: Console) -> None:
        self._folder = folder
        self._console = console
        for name in ("train", "val"):
            _drop_rows_after(folder / f"{name}.csv", resumed_at)
        self._board = _tensorboard(folder, resumed_at)
        self._live = Live(console=console, refresh_per_second=2) if console.is_terminal else None
        if self._live:
            self._live.start()

    def write(self, name: str, step: int, figures: Mapping[str, float]) -> None:
        """Append a row to `name`.csv, to TensorBoard and to the terminal."""
        row = {"step": float(step), **figures}
        _append(self._folder / f"{name}.csv", row)
        if self._board:
            for key, value in figures.items():
                self._board.add_scalar(f"{name}/{key}", value, step)
        if self._live and name == "train":
            self._live.update(_table(row))
        else:
            text = "  ".join(f"{key} {value:.5g}" for key, value in figures.items())
            self._console.print(f"{name} step {step}  {text}", highlight=False, soft_wrap=True)

    def grid(self, step: int, grid: Tensor) -> None:
        """Keep a sample grid (3, H, W) in [0, 1] as PNG and in TensorBoard."""
        from torchvision.utils import save_image

        folder = self._folder / "samples"
        folder.mkdir(exist_ok=True)
        save_image(grid, folder / f"step-{step:08d}.png")
        if self._board:
            self._board.add_image("samples", grid, step)

    def close(self) -> None:
        """Flush and end the live table."""
        if self._live:
            self._live.stop()
        if self._board:
            self._board.close()


def _table(row: Mapping[str, float]) -> Table:
    table = Table(*row.keys())
    table.add_row(*(f"{value:.5g}" for value in row.values()))
    return table


def _append(path: Path, row: Mapping[str, float]) -> None:
    fresh = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.writer(file)
        if fresh:
            writer.writerow(row)
        writer.writerow([f"{value:.8g}" for value in row.values()])


def _drop_rows_after(path: Path, step: int) -> None:
    if not path.exists():
        return
    with path.open(newline="") as file:
        head, *rows = list(csv.reader(file)) or [[]]
    kept = [row for row in rows if row and float(row[0]) <= step]
    temporary = path.with_suffix(".tmp")
    with temporary.open("w", newline="") as file:
        csv.writer(file).writerows([head, *kept])
    os.replace(temporary, path)  # noqa: PTH105


def _tensorboard(folder: Path, resumed_at: int) -> SummaryWriter | None:
    if importlib.util.find_spec("tensorboard") is None:
        return None
    from torch.utils.tensorboard import SummaryWriter

    return SummaryWriter(str(folder / "tensorboard"), purge_step=resumed_at + 1)
