"""ST-LPIPS, a learned distance between pictures that forgives small shifts.

LPIPS: Zhang et al., "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric" (2018).
ST-LPIPS: Ghildyal and Liu, "Shift-tolerant Perceptual Similarity Metric" (2022); here its AlexNet, with
anti-aliased strides (Zhang 2019). The weights are a file of the user's: none is shipped, none is fetched.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from gantool.errors import UsageError, WeightError
from gantool.images import probe
from gantool.weights.files import check_file

SMALLEST = 21
"""Pixels a side below which the reflected padding of the deeper layers does not fit."""

_SHIFT, _SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)
"""Of RGB in [-1, 1]."""
_EPSILON = 1e-10


@dataclass(frozen=True)
class _Layer:
    """One tap: (pool, blur,) convolution (, blur,) ReLU. `number` is its place in the file's `features`."""

    number: int
    inputs: int
    outputs: int
    kernel: int
    padding: int
    pools: bool = False
    blurs: bool = False


_LAYERS = (
    _Layer(0, 3, 64, kernel=11, padding=2, blurs=True),
    _Layer(3, 64, 192, kernel=5, padding=2, pools=True),
    _Layer(6, 192, 384, kernel=3, padding=1, pools=True),
    _Layer(8, 384, 256, kernel=3, padding=1),
    _Layer(10, 256, 256, kernel=3, padding=1),
)


class StLpips(nn.Module):
    """Distance 0 for equal pictures, larger the more different they look."""

    shift: Tensor
    scale: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(
            nn.Conv2d(layer.inputs, layer.outputs, layer.kernel, padding=layer.padding) for layer in _LAYERS
        )
        self.heads = nn.ModuleList(nn.Conv2d(layer.outputs, 1, 1, bias=False) for layer in _LAYERS)
        self.register_buffer("shift", torch.tensor(_SHIFT).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("scale", torch.tensor(_SCALE).view(1, 3, 1, 1), persistent=False)

    def forward(self, output: Tensor, target: Tensor) -> Tensor:
        """Return the distances (N,) of two batches (N, 1 | 3, H, W) in [0, 1], sides of 21 pixels or more."""
        return self.compare(self.features(output), self.features(target))

    def features(self, image: Tensor) -> tuple[Tensor, ...]:
        """Return the five taps of (N, 1 | 3, H, W) in [0, 1], each of unit length over its channels."""
        rgb = image.expand(-1, 3, -1, -1)
        hidden = (rgb * 2 - 1 - self.shift) / self.scale
        taps = []
        for layer, convolution in zip(_LAYERS, self.convolutions, strict=True):
            if layer.pools:
                hidden = _blur(functional.max_pool2d(hidden, 3, stride=1))
            hidden = convolution(hidden)
            hidden = functional.relu(_blur(hidden) if layer.blurs else hidden)
            taps.append(hidden / (hidden.norm(dim=1, keepdim=True) + _EPSILON))
        return tuple(taps)

    def compare(self, first: Sequence[Tensor], second: Sequence[Tensor]) -> Tensor:
        """Return the distances (N,) of two batches by their features."""
        total = torch.zeros(first[0].shape[0], device=first[0].device)
        for head, one, other in zip(self.heads, first, second, strict=True):
            total = total + head((one - other).square()).mean(dim=(1, 2, 3))
        return total


def load_stlpips(path: Path) -> StLpips:
    """Return the metric, frozen, with the weights of a safetensors file.

    The file has the keys of the authors' release: `features.{0,3,6,8,10}.{weight,bias}` and
    `lin{0..4}.model.1.weight`.

    Raises:
        WeightError: the file is missing, damaged, or of other keys or shapes.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    check_file(path)
    try:
        tensors = load_file(path)
    except (SafetensorError, OSError) as failure:
        raise WeightError(f"{path} is no whole safetensors file ({failure})", _WANTED) from failure
    metric = StLpips()
    names = {key: _name_in_file(key) for key in metric.state_dict()}
    if missing := [name for name in names.values() if name not in tensors]:
        raise WeightError(f"{path} lacks {missing[0]!r}", _WANTED)
    try:
        metric.load_state_dict({key: tensors[name].float() for key, name in names.items()})
    except RuntimeError as failure:
        raise WeightError(f"{path} holds tensors of other shapes", _WANTED) from failure
    return metric.eval().requires_grad_(False)


def check_sides(files: Iterable[Path], multiple: int = 1) -> None:
    """Refuse pictures that are too small to be measured, by their headers, before anything is computed.

    Args:
        files: the pictures.
        multiple: what their sides are cut to a multiple of before they are measured.

    Raises:
        UsageError: one has a side below `SMALLEST`, once it is cut.
        ImageError: one cannot be read.
    """
    least = -(-SMALLEST // multiple) * multiple
    for path in files:
        header = probe(path)
        side = min(header.width, header.height)
        if side < least:
            raise UsageError(
                f"{path} has a side of {side} pixels, and ST-LPIPS takes {least} or more",
                "take it out of the folder, or leave out --stlpips",
            )


def _name_in_file(key: str) -> str:
    """Return the released name of a parameter: `convolutions.1.bias` is `features.3.bias`."""
    part, index, kind = key.split(".")
    if part == "heads":
        return f"lin{index}.model.1.{kind}"
    return f"features.{_LAYERS[int(index)].number}.{kind}"


def _blur(image: Tensor) -> Tensor:
    """Smooth by [1 2 1] x [1 2 1] / 16 and take every second pixel (Zhang 2019)."""
    line = torch.tensor([0.25, 0.5, 0.25], dtype=image.dtype, device=image.device)
    channels = image.shape[1]
    kernel = torch.outer(line, line).expand(channels, 1, 3, 3)
    return functional.conv2d(
        functional.pad(image, (2, 2, 2, 2), mode="reflect"), kernel, stride=2, groups=channels
    )


_WANTED = "give the AlexNet weights of ST-LPIPS as safetensors"
