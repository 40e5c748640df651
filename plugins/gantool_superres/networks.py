"""The generator of super-resolution.

It is a plain chain of 3x3 convolutions at low resolution with pixel shuffle at the end
(ESPCN, Shi et al. 2016; EDSR without batch norm, Lim et al. 2017), because nothing else comes near
the matrix rate of a CPU. While training, each convolution is over-parameterised in weight space
(RepVGG, Ding et al. 2021; OREPA, Hu et al. 2022), which costs next to nothing there, and
nothing once folded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from gantool.networks.overparameterised import OverParameterised, convolution, fold_all

ARCHITECTURE = "gantool-superres-residual"


@dataclass(frozen=True)
class SuperResConfig:
    """All that rebuilding a generator needs."""

    scale: int
    width: int
    blocks: int
    channels: int = 3

    def as_card(self) -> dict[str, int | float | str | bool]:
        """Return the fields as a weight card keeps them."""
        return dict(asdict(self))

    @property
    def halo(self) -> int:
        """Receptive-field radius in LR pixels: one for each 3x3 convolution in the longest path."""
        return 2 + 2 * self.blocks


class ResidualBlock(nn.Module):
    """x + conv(act(conv(x)))."""

    def __init__(self, width: int, training: bool) -> None:
        super().__init__()
        self.first = convolution(width, width, training)
        self.second = convolution(width, width, training)

    def forward(self, features: Tensor) -> Tensor:
        """Map (N, width, H, W) to the same shape."""
        hidden = functional.leaky_relu(self.first(features), 0.1, inplace=True)
        output: Tensor = features + self.second(hidden)
        return output


class Generator(nn.Module):
    """LR image in [0, 1] to an HR image `scale` times larger, not clipped."""

    def __init__(self, config: SuperResConfig, training: bool = False) -> None:
        super().__init__()
        self.config = config
        outputs = config.channels * config.scale**2
        self.head = convolution(config.channels, config.width, training)
        self.body = nn.Sequential(*(ResidualBlock(config.width, training) for _ in range(config.blocks)))
        self.tail = convolution(config.width, outputs, training)

    def forward(self, image: Tensor) -> Tensor:
        """Map (N, C, h, w) to (N, C, h * scale, w * scale)."""
        details = self.tail(self.body(self.head(image)))
        # Every output pixel starts from its LR pixel, so that the network only learns the difference. Shuffle
        # and sum are one pass here; pixel_shuffle after repeat_interleave takes four times as long on a CPU.
        count, channels, height, width = image.shape
        scale = self.config.scale
        shuffled = details.view(count, channels, scale, scale, height, width).permute(0, 1, 4, 2, 5, 3)
        output: Tensor = shuffled + image.reshape(count, channels, height, 1, width, 1)
        return output.reshape(count, channels, height * scale, width * scale)

    @torch.no_grad()
    def unfold(self, tensors: Mapping[str, Tensor]) -> tuple[str, ...]:
        """Take over an exported network's layers of equal shape; return the names of those that found none.

        Residual blocks beyond the given ones start as identities, so that a deeper network begins
        where a shallower one ended (Net2Net, Chen et al. 2016).
        """
        unmatched = []
        for name, module in self.named_modules():
            if not isinstance(module, OverParameterised):
                continue
            kernel = tensors.get(f"{name}.weight")
            if kernel is not None and kernel.shape[:2] == module.shortcut.shape:
                module.unfold(kernel, tensors[f"{name}.bias"])
            else:
                unmatched.append(name)
                if name.endswith(".second"):
                    module.unfold(torch.zeros(*module.shortcut.shape, 3, 3), torch.zeros_like(module.bias))
        return tuple(unmatched)

    @torch.no_grad()
    def fold(self) -> Generator:
        """Return the plain network that computes the same, for export."""
        folded = Generator(self.config)
        fold_all(self, folded)
        return folded
