"""The generator of super-resolution.

It is a plain chain of 3x3 convolutions at low resolution with pixel shuffle at the end
(ESPCN, Shi et al. 2016; EDSR without batch norm, Lim et al. 2017), because nothing else comes near
the matrix rate of a CPU. While training, each convolution may be over-parameterised in weight space
(RepVGG, Ding et al. 2021; OREPA, Hu et al. 2022), which costs nothing once folded.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from gantool.networks.config import NetworkConfig
from gantool.networks.foldable import Foldable
from gantool.networks.overparameterised import convolution
from gantool.networks.residual import ResidualBlock

ARCHITECTURE = "gantool-superres-residual"


@dataclass(frozen=True)
class SuperResConfig(NetworkConfig):
    """All that rebuilding a generator needs."""

    scale: int
    width: int
    blocks: int
    channels: int = 3

    @property
    def halo(self) -> int:
        """Receptive-field radius in LR pixels: one for each 3x3 convolution in the longest path."""
        return 2 + 2 * self.blocks


class Generator(Foldable[SuperResConfig]):
    """LR image in [0, 1] to an HR image `scale` times larger, not clipped."""

    def __init__(self, config: SuperResConfig, training: bool = False) -> None:
        super().__init__(config)
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
