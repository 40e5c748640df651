"""Generators and discriminator of super-resolution.

The generator is a plain chain of 3x3 convolutions at low resolution with pixel shuffle at the end
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
from torch.nn.utils.parametrizations import spectral_norm

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


class OverParameterised(nn.Module):
    """A 3x3 convolution whose kernel is 1x1 . 3x3 . 1x1 + 1x1, multiplied out before it is applied.

    One convolution runs, so a training step costs about what a plain one does. There is no
    padding error, because the products are of kernels, not of feature maps.
    """

    def __init__(self, inputs: int, outputs: int, expand: int = 2) -> None:
        super().__init__()
        wide_in, wide_out = expand * inputs, expand * outputs
        self.squeeze = nn.Parameter(torch.empty(wide_in, inputs))
        self.spatial = nn.Parameter(torch.empty(wide_out, wide_in, 3, 3))
        self.project = nn.Parameter(torch.empty(outputs, wide_out))
        self.shortcut = nn.Parameter(torch.empty(outputs, inputs))
        self.bias = nn.Parameter(torch.zeros(outputs))
        for factor in (self.squeeze, self.spatial, self.project, self.shortcut):
            nn.init.kaiming_uniform_(factor, a=5**0.5)

    def kernel(self) -> Tensor:
        """Return the folded kernel (outputs, inputs, 3, 3), in float32."""
        with torch.autocast(self.bias.device.type, enabled=False):
            wide = torch.einsum("phyx,oh->opyx", self.spatial.transpose(0, 1), self.project)
            kernel = torch.einsum("opyx,pi->oiyx", wide, self.squeeze)
            return kernel + functional.pad(self.shortcut[:, :, None, None], (1, 1, 1, 1))

    def forward(self, image: Tensor) -> Tensor:
        """Map (N, inputs, H, W) to (N, outputs, H, W)."""
        return functional.conv2d(image, self.kernel(), self.bias, padding=1)

    @torch.no_grad()
    def unfold(self, kernel: Tensor, bias: Tensor) -> None:
        """Take over a plain convolution; the surplus factors keep their random start, multiplied by zero."""
        outputs, inputs = self.shortcut.shape
        self.squeeze[:inputs] = torch.eye(inputs)
        self.project.zero_()
        self.project[:, :outputs] = torch.eye(outputs)
        self.spatial[:outputs, inputs:] = 0
        self.spatial[:outputs, :inputs] = kernel
        self.spatial[:outputs, :inputs, 1, 1] -= self.shortcut
        self.bias.copy_(bias)

    @torch.no_grad()
    def fold(self) -> nn.Conv2d:
        """Return the plain convolution that computes the same."""
        outputs, inputs = self.shortcut.shape
        plain = nn.Conv2d(inputs, outputs, 3, padding=1)
        plain.load_state_dict({"weight": self.kernel(), "bias": self.bias})
        return plain


def convolution(inputs: int, outputs: int, training: bool) -> nn.Module:
    """Return a 3x3 convolution, over-parameterised where it is to be trained."""
    return OverParameterised(inputs, outputs) if training else nn.Conv2d(inputs, outputs, 3, padding=1)


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
        for name, module in self.named_modules():
            if isinstance(module, OverParameterised):
                folded.set_submodule(name, module.fold())
        return folded


class UNetDiscriminator(nn.Module):
    """U-Net with spectral norm that judges every place (Schonfeld 2020; Real-ESRGAN, Wang 2021).

    The image is pixel-unshuffled first, which spares the costly full resolution and loses nothing.
    """

    def __init__(self, channels: int = 3, width: int = 32, unshuffle: int = 2) -> None:
        super().__init__()

        def normed(inputs: int, outputs: int, stride: int = 1) -> nn.Module:
            # A kernel of 4 at stride 2 touches every pixel equally often; with 3 the gradient, and soon the
            # generator's output, carries a checkerboard.
            return spectral_norm(nn.Conv2d(inputs, outputs, 2 + stride, stride, 1, bias=False))

        self.unshuffle = unshuffle
        self.enter = nn.Conv2d(channels * unshuffle**2, width, 3, 1, 1)
        self.down = nn.ModuleList(normed(width * 2**i, width * 2 ** (i + 1), 2) for i in range(3))
        self.up = nn.ModuleList(normed(width * 2 ** (i + 1), width * 2**i) for i in reversed(range(3)))
        self.smooth = normed(width, width)
        self.judge = nn.Conv2d(width, 1, 3, 1, 1)

    def forward(self, image: Tensor) -> Tensor:
        """Map (N, C, H, W) to logits (N, 1, H / unshuffle, W / unshuffle); sizes are multiples of 16."""
        features = [functional.leaky_relu(self.enter(functional.pixel_unshuffle(image, self.unshuffle)), 0.2)]
        for down in self.down:
            features.append(functional.leaky_relu(down(features[-1]), 0.2))
        result = features.pop()
        for up in self.up:
            larger = functional.interpolate(result, scale_factor=2.0, mode="bilinear")
            result = functional.leaky_relu(up(larger), 0.2) + features.pop()
        logits: Tensor = self.judge(functional.leaky_relu(self.smooth(result), 0.2))
        return logits
