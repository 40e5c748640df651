"""Where decoded training pictures come from: memory, or threads that read ahead."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from gantool.errors import ImageError
from gantool.train.data.items import PictureFile
from gantool.train.data.skipped import Skipped
from gantool.train.reading import read_rgb, size_of

READ_AHEAD_THREADS = 4


@dataclass(frozen=True)
class Sized:
    """A picture and its size upright, by its header."""

    file: PictureFile
    width: int
    height: int

    @property
    def shape(self) -> tuple[int, int]:
        """Width and height."""
        return self.width, self.height

    @property
    def decoded(self) -> int:
        """Bytes of its pixels."""
        return 3 * self.width * self.height

    def holds(self, size: int) -> bool:
        """Return whether a square of `size` pixels can be cut out of it."""
        return min(self.shape) >= size

    def read(self) -> Tensor:
        """Return (3, H, W) uint8; ImageError where it cannot be decoded or has another size by now."""
        picture = to_tensor(read_rgb(self.file))
        if tuple(picture.shape[1:]) != (self.height, self.width):
            raise ImageError(f"{self.file} has changed its size since the run began", "leave it as it was")
        return picture


def measure(file: PictureFile, skipped: Skipped) -> Sized | None:
    """Return the picture with its size, or None for one that `skipped` has counted as unreadable."""
    try:
        return Sized(file, *size_of(file))
    except ImageError as failure:
        skipped.add(file, failure)
        return None


class Source(Protocol):
    """Decoded pictures by their position."""

    def announce(self, indices: Sequence[int]) -> None:
        """Say which pictures are asked for next."""

    def picture(self, index: int) -> Tensor | None:
        """Return (3, H, W) uint8, or None for a picture that was counted as unreadable."""


def open_source(files: Sequence[Sized], memory: int, device: torch.device, skipped: Skipped) -> Source:
    """Decode everything now if that takes up to `memory` bytes, or else read ahead within these."""
    total = sum(file.decoded for file in files)
    return Memory(files, device, skipped) if total <= memory else ReadAhead(files, memory, skipped)


class Memory:
    """All pictures decoded, on the training device."""

    def __init__(self, files: Sequence[Sized], device: torch.device, skipped: Skipped) -> None:
        with ThreadPoolExecutor() as threads:
            pictures = threads.map(lambda file: _try(file, skipped), files)
            self._pictures = [None if picture is None else picture.to(device) for picture in pictures]

    def announce(self, indices: Sequence[int]) -> None:
        """Nothing to do: everything is here."""

    def picture(self, index: int) -> Tensor | None:
        """Return picture `index`."""
        return self._pictures[index]


class ReadAhead:
    """Pictures decoded by threads, the last used kept; both together within `memory` bytes.

    Up to half of it is for what comes, one picture at the least. One that could not be read is not tried
    again: it would be slow, and might come and go.
    """

    def __init__(self, files: Sequence[Sized], memory: int, skipped: Skipped) -> None:
        self._files = files
        self._memory = memory
        self._skipped = skipped
        self._held = self._due = 0
        self._kept: OrderedDict[int, Tensor] = OrderedDict()
        self._unreadable: set[int] = set()
        self._coming: dict[int, Future[Tensor | None]] = {}
        self._wanted: deque[int] = deque()
        self._threads = ThreadPoolExecutor(READ_AHEAD_THREADS)

    def announce(self, indices: Sequence[int]) -> None:
        """Start decoding what is not here yet, as much of it as there is room for."""
        self._wanted = deque(indices)
        self._begin_more()

    def picture(self, index: int) -> Tensor | None:
        """Return picture `index`, waiting for it if need be."""
        if index in self._unreadable:
            return None
        if index in self._kept:
            self._kept.move_to_end(index)
            return self._kept[index]
        coming = self._coming.pop(index, None)
        picture = coming.result() if coming else _try(self._files[index], self._skipped)
        if coming:
            self._due -= self._files[index].decoded
        if picture is None:
            self._unreadable.add(index)
        else:
            self._keep(index, picture)
        self._begin_more()
        return picture

    def _begin_more(self) -> None:
        while self._wanted:
            index = self._wanted[0]
            if index not in self._kept and index not in self._coming and index not in self._unreadable:
                size = self._files[index].decoded
                if self._coming and self._due + size > self._memory // 2:
                    break
                self._due += size
                self._coming[index] = self._threads.submit(_try, self._files[index], self._skipped)
            self._wanted.popleft()
        self._make_room()

    def _keep(self, index: int, picture: Tensor) -> None:
        self._kept[index] = picture
        self._held += picture.numel()
        self._make_room()

    def _make_room(self) -> None:
        """Let the longest unused go."""
        while self._held + self._due > self._memory and len(self._kept) > 1:
            self._held -= self._kept.popitem(last=False)[1].numel()


def _try(file: Sized, skipped: Skipped) -> Tensor | None:
    try:
        return file.read()
    except ImageError as failure:
        skipped.add(file.file, failure)
        return None


def to_tensor(array: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> Tensor:
    """Return (H, W, 3) uint8 as a contiguous (3, H, W) tensor."""
    return torch.from_numpy(array).permute(2, 0, 1).contiguous()
