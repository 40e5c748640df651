"""Convolutions with surplus parameters while they are trained, and none after it.

Over-parameterising in weight space (RepVGG, Ding et al. 2021; OREPA, Hu et al. 2022) costs nothing once
folded. In a training step the factors are multiplied out, and have an optimiser of their own to feed: little
beside large batches, a third of the step beside small ones on a fast processor (docs/training.md).
"""

from __future__ import annotations

import torch
import torch.nn.functional as functional
from torch import Tensor, nn


class OverParameterised(nn.Module):
    """A 3x3 convolution whose kernel is 1x1 . 3x3 . 1x1 + 1x1, multiplied out before it is applied.

    One convolution runs, whatever the batch. There is no padding error, because the products are of kernels,
    not of feature maps.
    """

    def __init__(self, inputs: int, outputs: int, expand: int = 2, dilation: int = 1) -> None:
        super().__init__()
        self.dilation = dilation
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
        return functional.conv2d(
            image, self.kernel(), self.bias, padding=self.dilation, dilation=self.dilation
        )

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
    def fold(self) -> nn.Module:
        """Return the plain convolution that computes the same."""
        outputs, inputs = self.shortcut.shape
        plain = convolution(inputs, outputs, training=False, dilation=self.dilation)
        plain.load_state_dict({"weight": self.kernel(), "bias": self.bias})
        return plain


def convolution(inputs: int, outputs: int, training: bool, dilation: int = 1) -> nn.Module:
    """Return a 3x3 convolution that keeps the size, over-parameterised where it is to be trained."""
    if training:
        return OverParameterised(inputs, outputs, dilation=dilation)
    return nn.Conv2d(inputs, outputs, 3, padding=dilation, dilation=dilation)


@torch.no_grad()
def fold_all(trained: nn.Module, plain: nn.Module) -> None:
    """Give `plain`, built for use, the parameters of `trained`, its namesake built for training."""
    folded = {
        f"{name}.{key}": tensor
        for name, module in trained.named_modules()
        if isinstance(module, OverParameterised)
        for key, tensor in module.fold().state_dict().items()
    }
    wanted = plain.state_dict()
    others = {name: tensor for name, tensor in trained.state_dict().items() if name in wanted}
    plain.load_state_dict({**others, **folded})
