"""The training loop most projects of this field have, to be measured beside ours.

As BasicSR writes it: a DataLoader whose workers decode the pictures of every sample anew and cut paired
patches, float32, channels first, L1, Adam, and an average updated parameter by parameter. LR pictures lie
on the disk beforehand.
"""

from __future__ import annotations

import copy
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from gantool.train.layout import find_split
from gantool_superres.networks import Generator, SuperResConfig
from gantool_superres.options import SIZES, Size

SCALE, PATCH, WORKERS = 4, 48, 2


class Pairs(Dataset[tuple[Tensor, Tensor]]):
    """Paired patches, cut from pictures that are decoded for each of them."""

    def __init__(self, high: list[Path], low: list[Path]) -> None:
        self.files = list(zip(high, low, strict=True))

    def __len__(self) -> int:
        return 1_000_000

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        high, low = (read(path) for path in self.files[index % len(self.files)])
        x, y = random.randint(0, low.shape[1] - PATCH), random.randint(0, low.shape[0] - PATCH)  # noqa: S311
        big = high[SCALE * y : SCALE * (y + PATCH), SCALE * x : SCALE * (x + PATCH)]
        return tensor(low[y : y + PATCH, x : x + PATCH]), tensor(big)


def read(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def tensor(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> Tensor:
    return torch.from_numpy(pixels.transpose(2, 0, 1).astype(np.float32) / 255)


class PlainLoop:
    """Steps of the plain loop; a context, because its LR pictures lie in a temporary folder."""

    def __init__(self, data: Path, batch: int, device: torch.device) -> None:
        self._folder = tempfile.TemporaryDirectory()
        high = [path for path in plain_files(data) if min(size(path)) >= SCALE * PATCH + SCALE]
        low = [reduced(path, Path(self._folder.name, f"{index}.png")) for index, path in enumerate(high)]
        self._loader = DataLoader(
            Pairs(high, low), batch_size=batch, shuffle=True, num_workers=WORKERS, drop_last=True
        )
        size_ = SIZES[Size.compact]
        config = SuperResConfig(SCALE, size_.width, size_.blocks)
        self._device = device
        self._network = Generator(config, training=True).to(device)
        self._average = copy.deepcopy(self._network)
        self._optimizer = torch.optim.Adam(self._network.parameters(), lr=2e-4)
        self._criterion = nn.L1Loss()
        self._batches: Iterator[list[Tensor]] = iter(())

    def __enter__(self) -> PlainLoop:
        self._batches = iter(self._loader)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        del self._batches
        self._folder.cleanup()

    def step(self) -> None:
        """Train one step."""
        low, high = (item.to(self._device) for item in next(self._batches))
        self._optimizer.zero_grad()
        loss = self._criterion(self._network(low), high)
        loss.backward()
        self._optimizer.step()
        average = dict(self._average.named_parameters())
        for name, parameter in self._network.named_parameters():
            average[name].data.mul_(0.999).add_(parameter.data, alpha=0.001)
        loss.item()  # what such loops log


def plain_files(data: Path) -> list[Path]:
    return [Path(path) for path in find_split(data, None).train]  # type: ignore[arg-type]


def size(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


def reduced(source: Path, target: Path) -> Path:
    with Image.open(source) as image:
        width, height = (side // SCALE for side in image.size)
        whole = image.convert("RGB").crop((0, 0, width * SCALE, height * SCALE))
        whole.resize((width, height), Image.Resampling.BICUBIC).save(target)
    return target
