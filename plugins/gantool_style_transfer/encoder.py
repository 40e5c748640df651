"""A painting's code: how it is painted, as a small network sees it, and its colours, as they are."""

from __future__ import annotations

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

COLOURS = 12
"""The last numbers of a code: mean colour (3) and the square root of the colours' covariance (3 x 3)."""

PAINTING_SIDE = 512
"""The longest side to which a painting is reduced before it is encoded, as in training."""

_WIDTHS = (32, 64, 96)


class StyleEncoder(nn.Module):
    """Strided convolutions; means and deviations of each level's features, mixed to a code."""

    def __init__(self, code: int) -> None:
        super().__init__()
        sides = zip((12, *_WIDTHS), _WIDTHS, strict=False)
        self.levels = nn.ModuleList(nn.Conv2d(inputs, outputs, 4, 2, 1) for inputs, outputs in sides)
        self.mix = nn.Linear(2 * sum(_WIDTHS), code)

    def forward(self, painting: Tensor) -> Tensor:
        """Map (N, 3, h, w) in [0, 1] to (N, code + 12); sides below 32 are too small to tell anything."""
        height, width = (side // 2 * 2 for side in painting.shape[2:])
        painting = painting[:, :, :height, :width]
        hidden = (functional.pixel_unshuffle(painting, 2) - 0.5).to(self.mix.weight.dtype)
        found: list[Tensor] = []
        for level in self.levels:
            hidden = functional.leaky_relu(level(hidden), 0.2)
            deviation, mean = torch.std_mean(hidden.float(), (2, 3), correction=0)
            found += [mean, deviation]
        code = self.mix(torch.cat(found, 1).to(self.mix.weight.dtype))
        return torch.cat((code.float(), colours(painting)), 1)


def colours(painting: Tensor) -> Tensor:
    """Return (N, 12): mean colour, and the symmetric root of the colours' covariance, row by row."""
    with torch.autocast(painting.device.type, enabled=False):
        pixels = painting.float().flatten(2)
        mean = pixels.mean(2, keepdim=True)
        spread = (pixels - mean) @ (pixels - mean).transpose(1, 2) / pixels.shape[2]
        values, axes = torch.linalg.eigh(spread + 1e-6 * torch.eye(3, device=spread.device))
        root = axes @ torch.diag_embed(values.clamp_min(0).sqrt()) @ axes.transpose(1, 2)
        return torch.cat((mean[..., 0], root.flatten(1)), 1)


def recoloured(painting: Tensor, palette: Tensor) -> Tensor:
    """Return `painting` (1, 3, h, w) in the colours of a palette (1, 12), not clipped."""
    with torch.autocast(painting.device.type, enabled=False):
        own = colours(painting)
        plain = torch.linalg.solve(own[0, 3:].view(3, 3), (painting - own[:, :3, None, None])[0].flatten(1))
        return coloured(plain.view_as(painting), palette)


def coloured(plain: Tensor, palette: Tensor) -> Tensor:
    """Return `plain` (N, 3, H, W), of mean 0 and variance 1, in the colours of a palette (N, 12)."""
    mean, root = palette[:, :3, None, None], palette[:, 3:].reshape(-1, 3, 3)
    with torch.autocast(plain.device.type, enabled=False):
        mixed = torch.einsum("nij,njhw->nihw", root.expand(len(plain), 3, 3), plain.float())
        return mixed + mean
