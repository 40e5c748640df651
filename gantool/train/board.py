"""TensorBoard's files, where it is installed: a copy of what the run's own files hold."""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor
    from torch.utils.tensorboard import SummaryWriter


class Board:
    """What hinders it, a full disk above all, is told once: the run then goes on without it.

    Its writer is a thread that fails for good, so that it cannot be waited for as other files are.
    """

    def __init__(self, folder: Path, tell: Callable[[str], None]) -> None:
        self._folder, self._tell = folder, tell
        self._writer: SummaryWriter | None = None
        self._is_lost = False
        self._otherwise = threading.excepthook

    def rewind(self, step: int) -> None:
        """Begin to write, or begin anew, what comes after `step`."""
        self.close()
        if not self._is_lost:
            self._try(lambda: self._open(step))

    def figures(self, name: str, step: int, figures: Mapping[str, float]) -> None:
        """Add figures under a name."""
        for key, value in figures.items():
            if writer := self._writer:
                self._try(partial(writer.add_scalar, f"{name}/{key}", value, step))

    def grid(self, step: int, grid: Tensor) -> None:
        """Add a sample grid (3, H, W)."""
        if writer := self._writer:
            self._try(lambda: writer.add_image("samples", grid, step))

    def close(self) -> None:
        """Flush, and end."""
        if writer := self._writer:
            self._try(writer.close)
        self._writer = None
        if threading.excepthook == self._hook:
            threading.excepthook = self._otherwise

    def _open(self, step: int) -> None:
        self._writer = open_writer(self._folder, step)
        if self._writer:
            self._otherwise, threading.excepthook = threading.excepthook, self._hook

    def _try(self, action: Callable[[], object]) -> None:
        if self._is_lost:
            return
        try:
            action()
        except OSError as problem:
            self._writer, self._is_lost = None, True
            self._tell(f"TensorBoard's files cannot be written ({problem}); the run goes on without them")

    def _hook(self, failed: threading.ExceptHookArgs) -> None:
        """Leave out the traceback of TensorBoard's thread: its next call raises the same, which is told."""
        is_boards = type(failed.thread).__module__.partition(".")[0] == "tensorboard"
        if not (is_boards and isinstance(failed.exc_value, OSError)):
            self._otherwise(failed)


def open_writer(folder: Path, resumed_at: int) -> SummaryWriter | None:
    """Return TensorBoard's writer, None where it is not installed."""
    if importlib.util.find_spec("tensorboard") is None:
        return None
    from torch.utils.tensorboard import SummaryWriter

    return SummaryWriter(str(folder / "tensorboard"), purge_step=resumed_at + 1)
