"""The generator that paints, at a quarter of the picture's size, and its conditioned form for any style.

Feed-forward stylisation (Johnson et al. 2016) with instance normalisation (Ulyanov et al. 2017). A fixed
style has the normalisation's scale and shift as parameters; any style has them from a code (adaptive
instance normalisation, Huang & Belongie 2017; conditional, Dumoulin et al. 2017).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from gantool.networks.config import NetworkConfig
from gantool_style_transfer.encoder import COLOURS, StyleEncoder, coloured
from gantool_style_transfer.grain import CHANNELS, grain_at, make_grain
from gantool_style_transfer.normalise import Modulated, Moments, Statistics

ARCHITECTURE = "gantool-style-painter"
MULTIPLE_OF = 4
"""What the sides of a picture must be multiples of: the network halves twice."""

_COARSE, _FINE = 12, 8
"""Channels at full size, where each costs most."""


@dataclass(frozen=True)
class StyleConfig(NetworkConfig):
    """All that rebuilding a generator needs: widths at a half and a quarter of the size, residual blocks.

    `code` is the length of a painting's code, 0 for the generator of one style.
    """

    width: int = 48
    half: int = 32
    blocks: int = 4
    code: int = 0

    @property
    def any_style(self) -> bool:
        """Return whether the style is given with each picture."""
        return self.code > 0

    @property
    def halo(self) -> int:
        """Receptive-field radius in pixels, at most, once the statistics are given.

        Each of a block's two convolutions reaches 4 pixels; 12 is the way down and up, 4 a cell.
        """
        return 8 * self.blocks + 12 + 4

    @property
    def normalised(self) -> tuple[int, ...]:
        """Channels of each normalised layer, in order: what `Statistics` holds one after another."""
        own = (self.half, self.width, *(self.width,) * (2 * self.blocks), self.half)
        return (*own, 3) if self.any_style else own


class Block(nn.Module):
    """x + norm(conv(act(norm(conv(x)))))."""

    def __init__(self, width: int, code: int) -> None:
        super().__init__()
        self.first, self.norm1 = _convolution(width, width), Modulated(width, code)
        self.second, self.norm2 = _convolution(width, width), Modulated(width, code)

    def forward(self, features: Tensor, code: Tensor | None, moments: Moments) -> Tensor:
        """Map (N, width, H, W) to the same shape."""
        hidden = functional.relu_(self.norm1(self.first(features), code, moments))
        output: Tensor = features + self.norm2(self.second(hidden), code, moments)
        return output


class Generator(nn.Module):
    """Photograph to painting. With `config.code` it paints in the style that a code says."""

    grain: Tensor

    def __init__(self, config: StyleConfig) -> None:
        super().__init__()
        self.config = config
        half, width, code = config.half, config.width, config.code
        self.head, self.norm1 = _convolution(12 + CHANNELS, half), Modulated(half, code)
        # An even kernel at stride 2 touches every pixel equally often, so that no grid comes of it.
        self.reduce = nn.Conv2d(half, width, 4, 2, 1, bias=False, padding_mode="reflect")
        self.norm2 = Modulated(width, code)
        self.blocks = nn.ModuleList(Block(width, code) for _ in range(config.blocks))
        self.enlarge, self.norm3 = _convolution(width, half), Modulated(half, code)
        # Enlarged by repetition: pixels of one cell that come from kernels of their own (a pixel shuffle, a
        # transposed convolution) made a grid in flat areas that 1,000 steps did not take away.
        self.expand = _convolution(half, _COARSE, bias=True)
        self.smooth, self.tail = _convolution(_COARSE, _FINE, bias=True), _convolution(_FINE, 3, bias=True)
        self.encoder = StyleEncoder(code) if code else None
        self.register_buffer("grain", make_grain(), persistent=False)

    def forward(
        self,
        image: Tensor,
        code: Tensor | None = None,
        statistics: Statistics | None = None,
        origin: tuple[int, int] = (0, 0),
    ) -> Tensor:
        """Paint `image` (N, 3, H, W) in [0, 1]: the same shape, of one style within [0, 1], else nearly so.

        H and W are multiples of 4. `code` is what `encode` returned, (N or 1, length). With `statistics` of a
        whole picture its tiles agree, if `origin` says where each one's corner lies (x, y; even numbers);
        without, each picture is normalised by its own.
        """
        return self._paint(image, code, Moments(self.config.normalised, statistics), origin)

    @torch.no_grad()
    def measure(self, image: Tensor, code: Tensor | None = None) -> Statistics:
        """Return what each layer normalises `image` (1, 3, H, W) by, best the whole picture, reduced."""
        moments = Moments(self.config.normalised, None)
        self._paint(image, code, moments, (0, 0))
        return moments.statistics()

    def encode(self, painting: Tensor) -> Tensor:
        """Return the codes (N, length) of paintings (N, 3, h, w) in [0, 1], sides of 32 pixels or more."""
        if self.encoder is None:
            raise TypeError("a generator of one style has no encoder")
        codes: Tensor = self.encoder(painting)
        return codes

    def features(self, image: Tensor, code: Tensor | None = None) -> tuple[Tensor, ...]:
        """Return what PatchNCE compares: the way down, and the first and the middle block's output."""
        moments, manner = Moments(self.config.normalised, None), _manner(code)
        hidden = self._down(image, manner, moments, None)
        found = [hidden]
        for index, block in enumerate(self.blocks[: max(1, self.config.blocks // 2)]):
            hidden = block(hidden, manner, moments)
            if index in (0, self.config.blocks // 2 - 1):
                found.append(hidden)
        return tuple(found)

    def _down(
        self, image: Tensor, manner: Tensor | None, moments: Moments, origin: tuple[int, int] | None
    ) -> Tensor:
        small = functional.pixel_unshuffle(image, 2) - 0.5
        small = torch.cat((small, self._grain(small, origin)), 1)
        small = small.contiguous(memory_format=torch.channels_last)
        hidden = functional.relu_(self.norm1(self.head(small), manner, moments))
        return functional.relu_(self.norm2(self.reduce(hidden), manner, moments))

    def _grain(self, small: Tensor, origin: tuple[int, int] | None) -> Tensor:
        """Return noise for a picture at half its size; zeros where features are to be compared."""
        count, _, height, width = small.shape
        if origin is None:
            return small.new_zeros(count, CHANNELS, height, width)
        noise = grain_at(self.grain, origin[0] // 2, origin[1] // 2, height, width)
        return noise.to(small.dtype).expand(count, -1, -1, -1)

    def _paint(self, image: Tensor, code: Tensor | None, moments: Moments, origin: tuple[int, int]) -> Tensor:
        manner = _manner(code)
        hidden = self._down(image, manner, moments, origin)
        for block in self.blocks:
            hidden = block(hidden, manner, moments)
        larger = functional.interpolate(hidden, scale_factor=2.0, mode="nearest")
        hidden = functional.relu_(self.norm3(self.enlarge(larger), manner, moments))
        fine = functional.interpolate(functional.relu_(self.expand(hidden)), scale_factor=2.0, mode="nearest")
        fine = functional.relu_(self.smooth(fine))
        output: Tensor = self.tail(fine)
        if code is None:
            return torch.sigmoid(output)
        return coloured(moments.normalise(output), code[:, -COLOURS:])


def _convolution(inputs: int, outputs: int, bias: bool = False) -> nn.Conv2d:
    # Zeros at the border would show as a frame around the painting. What is normalised needs no bias.
    return nn.Conv2d(inputs, outputs, 3, 1, 1, bias=bias, padding_mode="reflect")


def _manner(code: Tensor | None) -> Tensor | None:
    return None if code is None else code[:, :-COLOURS]
