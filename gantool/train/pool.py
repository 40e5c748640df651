"""Training pictures, decoded once where they fit in memory, cut into batches of crops."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from gantool.errors import TrainError
from gantool.train.reading import read_rgb, size_of

READ_AHEAD_THREADS = 4


@dataclass(frozen=True)
class Crop:
    """Where a sample comes from, and which of the eight mirrorings it gets."""

    index: int
    x: int
    y: int
    mirroring: int


class CropPool:
    """Square crops of pictures that are all decoded or read ahead.

    Pictures smaller than `size` are left out (`too_small`). A picture is drawn with the square root of
    its area: large ones have more to show, but should not crowd out the rest.
    """

    def __init__(self, files: Sequence[Path], size: int, memory: int, device: torch.device) -> None:
        sizes = [(path, *size_of(path)) for path in files]
        self.files = [path for path, width, height in sizes if min(width, height) >= size]
        self.too_small = len(files) - len(self.files)
        if not self.files:
            raise TrainError(
                f"none of {len(files)} pictures has both sides of {size} pixels or more",
                "use larger pictures or a smaller --patch",
            )
        shapes = [(width, height) for _, width, height in sizes if min(width, height) >= size]
        self.size = size
        self.shapes = torch.tensor(shapes)
        self._weights = ((self.shapes - size + 1).double().prod(1)).sqrt()
        total = 3 * int(self.shapes.prod(1).sum())
        self._source = Memory(self.files, device) if total <= memory else ReadAhead(self.files, memory)

    def draw(self, count: int, rng: torch.Generator) -> list[Crop]:
        """Draw `count` crops."""
        index = torch.multinomial(self._weights, count, replacement=True, generator=rng)
        spare = self.shapes[index] - self.size + 1
        corner = (torch.rand(count, 2, generator=rng, dtype=torch.float64) * spare).long()
        mirroring = torch.randint(8, (count,), generator=rng)
        rows = zip(index.tolist(), corner.tolist(), mirroring.tolist(), strict=True)
        return [Crop(i, x, y, m) for i, (x, y), m in rows]

    def cut(self, crops: Sequence[Crop]) -> Tensor:
        """Return (N, 3, size, size) uint8 on the pool's device."""
        self._source.announce([crop.index for crop in crops])
        return torch.stack([self._cut(crop) for crop in crops])

    def _cut(self, crop: Crop) -> Tensor:
        picture = self._source.picture(crop.index)
        patch = picture[:, crop.y : crop.y + self.size, crop.x : crop.x + self.size]
        if crop.mirroring & 1:
            patch = patch.flip(2)
        if crop.mirroring & 2:
            patch = patch.flip(1)
        return patch.transpose(1, 2) if crop.mirroring & 4 else patch


class Memory:
    """All pictures decoded, (3, H, W) uint8, on the training device."""

    def __init__(self, files: Sequence[Path], device: torch.device) -> None:
        with ThreadPoolExecutor() as threads:
            arrays = threads.map(read_rgb, files)
            self._pictures = [to_tensor(array).to(device) for array in arrays]

    def announce(self, indices: Sequence[int]) -> None:
        """Nothing to do: everything is here."""

    def picture(self, index: int) -> Tensor:
        """Return picture `index`."""
        return self._pictures[index]


class ReadAhead:
    """Pictures decoded by threads, the last used kept within `memory` bytes."""

    def __init__(self, files: Sequence[Path], memory: int) -> None:
        self._files = files
        self._memory = memory
        self._held = 0
        self._kept: OrderedDict[int, Tensor] = OrderedDict()
        self._coming: dict[int, Future[Tensor]] = {}
        self._threads = ThreadPoolExecutor(READ_AHEAD_THREADS)

    def announce(self, indices: Sequence[int]) -> None:
        """Start decoding what is not here yet."""
        for index in indices:
            if index not in self._kept and index not in self._coming:
                self._coming[index] = self._threads.submit(self._read, index)

    def picture(self, index: int) -> Tensor:
        """Return picture `index`, waiting for it if need be."""
        if index in self._kept:
            self._kept.move_to_end(index)
            return self._kept[index]
        coming = self._coming.pop(index, None)
        picture = coming.result() if coming else self._read(index)
        self._kept[index] = picture
        self._held += picture.numel()
        while self._held > self._memory and len(self._kept) > 1:
            self._held -= self._kept.popitem(last=False)[1].numel()
        return picture

    def _read(self, index: int) -> Tensor:
        return to_tensor(read_rgb(self._files[index]))


def to_tensor(array: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> Tensor:
    """Return (H, W, 3) uint8 as a contiguous (3, H, W) tensor."""
    return torch.from_numpy(array).permute(2, 0, 1).contiguous()
