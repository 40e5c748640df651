"""Small enhancers for the tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from gantool.task import Box, Geometry, Picture


class ToyPicture:
    """A `Picture` over an array (H, W, C) of uint8 or uint16 that reflects outside, in plain NumPy."""

    def __init__(self, pixels: np.ndarray) -> None:
        self.pixels = pixels

    @property
    def width(self) -> int:
        return self.pixels.shape[1]

    @property
    def height(self) -> int:
        return self.pixels.shape[0]

    @property
    def channels(self) -> int:
        return self.pixels.shape[2]

    def crop(self, box: Box) -> Tensor:
        rows = [_fold(y, self.height) for y in range(box.y, box.y + box.height)]
        columns = [_fold(x, self.width) for x in range(box.x, box.x + box.width)]
        part = self.pixels[rows][:, columns].astype(np.float32) / np.iinfo(self.pixels.dtype).max
        return torch.from_numpy(part).permute(2, 0, 1).unsqueeze(0)

    def reduced(self, longest: int) -> Tensor:
        whole = self.crop(Box(0, 0, self.width, self.height))
        factor = min(1.0, longest / max(self.width, self.height))
        return functional.interpolate(whole, scale_factor=factor, mode="area")


def _fold(index: int, size: int) -> int:
    if size == 1:
        return 0
    index %= 2 * size - 2
    return min(index, 2 * size - 2 - index)


def noise(width: int, height: int, channels: int = 3, seed: int = 0, dtype: type = np.uint8) -> np.ndarray:
    """Return random pixels."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, int(np.iinfo(dtype).max) + 1, (height, width, channels)).astype(dtype)


class ToyNetwork(nn.Module):
    """Optional strided descent, `depth` 3x3 convolutions with zero padding, then pixel shuffle."""

    def __init__(self, channels: int, scale: int, stride: int, depth: int, whole_weights: bool, seed: int):
        super().__init__()
        width = 4
        self.down = nn.Conv2d(channels, width, 3, stride, 1)
        self.body = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for _ in range(depth))
        self.up = nn.Conv2d(width, channels * (scale * stride) ** 2, 1)
        self.factor = scale * stride
        self.whole_input = 255.0 if whole_weights else 1.0
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for parameter in self.parameters():
                if whole_weights:
                    parameter.copy_(torch.randint(-1, 2, parameter.shape, generator=generator))
                else:
                    parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.2)

    def forward(self, image: Tensor) -> Tensor:
        # With whole weights and whole inputs every sum is exact in fp32, in whatever order it is taken.
        image = (image * self.whole_input).round() if self.whole_input > 1 else image
        features = self.down(image)
        for layer in self.body:
            features = torch.relu(layer(features))
        return functional.pixel_shuffle(self.up(features), self.factor)


class ToyEnhancer:
    """A network with true geometry; `only` restricts the work to regions."""

    def __init__(
        self,
        channels: int = 3,
        scale: int = 1,
        stride: int = 1,
        depth: int = 2,
        whole_weights: bool = False,
        only: Sequence[Box] | None = None,
        geometry: Geometry | None = None,
        seed: int = 0,
        turnable: bool = False,
    ) -> None:
        self.module: nn.Module = ToyNetwork(channels, scale, stride, depth, whole_weights, seed)
        self.channels = channels
        # One pixel for the descent, `stride` for each convolution behind it, and the block it ends in.
        halo = 1 + stride * depth + (stride - 1)
        self.geometry = geometry or Geometry(scale=scale, multiple_of=stride, halo=halo, turnable=turnable)
        self.only = only
        self.seen: list[Box] = []

    def prepare(self, whole: Picture, extras: Mapping[str, Picture]) -> object:
        return None

    def describe(self, state: object) -> str:
        return ""

    def regions(self, state: object) -> Sequence[Box] | None:
        return self.only

    def __call__(self, image: Tensor, box: Box, state: object) -> Tensor:
        sides = {(box.height, box.width), *([(box.width, box.height)] if self.geometry.turnable else [])}
        assert image.shape[:2] == (1, self.channels)
        assert tuple(image.shape[2:]) in sides
        self.seen.append(box)
        return self.module(image)


class Doubling(ToyEnhancer):
    """Repeats pixels: x2, so that the right output is known."""

    def __init__(self) -> None:
        super().__init__(geometry=Geometry(scale=2))

    def __call__(self, image: Tensor, box: Box, state: object) -> Tensor:
        self.seen.append(box)
        return image.repeat_interleave(2, 2).repeat_interleave(2, 3)


def doubled(pixels: np.ndarray) -> np.ndarray:
    return pixels.repeat(2, axis=0).repeat(2, axis=1)
