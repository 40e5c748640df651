"""Perceptual distance over VGG16 features (Johnson et al. 2016), independent of the backbone's scale.

Published VGG16 weights differ by orders of magnitude in their activations. Each tap is therefore divided by
the backbone's own mean activation on a fixed picture, stored with it when it is fetched, so that
one recipe serves all of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn
from torchvision.models import VGG16_Weights
from torchvision.models.vgg import make_layers

from gantool.atomic import write_atomic
from gantool.errors import WeightError
from gantool.paths import exists
from gantool.weights.folders import user_folder

TAPS: Mapping[str, int] = {"relu1_2": 3, "relu2_2": 8, "relu3_3": 15, "relu4_3": 22}
# torchvision's configuration "D" up to the last tap; the rest would only cost time.
_LAYERS: tuple[int | str, ...] = (64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512)
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_FETCH = "fetch it once with `gantool weights backbone` (528 MB), or name a file by --backbone"


class Perceptual(nn.Module):
    """Mean absolute difference of VGG16 features, each tap in units of its mean activation."""

    mean: Tensor
    std: Tensor

    def __init__(self, features: nn.Sequential, tap_means: Mapping[str, float]) -> None:
        super().__init__()
        self.features = features.requires_grad_(False).eval()
        self.tap_means = tap_means
        self.register_buffer("mean", torch.tensor(_MEAN).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(_STD).view(1, 3, 1, 1))

    def forward(self, output: Tensor, target: Tensor) -> Tensor:
        """Return the distance of two batches (N, 3, H, W) in [0, 1], averaged over taps."""
        with torch.no_grad():
            wanted = self.taps(target)
        distances = [
            (got - want).abs().float().mean() / self.tap_means[name]
            for (name, got), want in zip(self.taps(output).items(), wanted.values(), strict=True)
        ]
        return torch.stack(distances).mean()

    def taps(self, image: Tensor, deepest: str = "") -> dict[str, Tensor]:
        """Return the features at each tap, with a name up to the deepest that is needed."""
        found = {}
        names = {index: name for name, index in TAPS.items()}
        hidden = (image - self.mean) / self.std
        for index, layer in enumerate(self.features):
            hidden = layer(hidden)
            if index in names:
                found[names[index]] = hidden
                if names[index] == deepest:
                    break
        return found


def backbone_path() -> Path:
    """Return where the fetched backbone is kept."""
    return user_folder().parent / "backbones" / "vgg16.safetensors"


def load_perceptual(path: Path | None = None) -> Perceptual:
    """Load the backbone that `install_backbone` stored; never fetches anything.

    Raises:
        WeightError: it is not there, or is damaged.
    """
    path = path or backbone_path()
    if not exists(path):
        raise WeightError(f"the VGG16 backbone {path} is missing", _FETCH)
    try:
        with safe_open(path, framework="pt") as file:
            means = json.loads((file.metadata() or {})["tap_means"])
            tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118
        return Perceptual(_features(tensors), means)
    except (SafetensorError, KeyError, ValueError, RuntimeError, OSError) as problem:
        raise WeightError(f"{path} is not a stored VGG16 backbone ({problem})", _FETCH) from None


def install_backbone(source: Path | None, target: Path | None = None) -> Path:
    """Store a VGG16 with its tap means: from a safetensors file, or torchvision's, over the network.

    Raises:
        WeightError: the file does not hold torchvision's `features.N.weight|bias`.
    """
    tensors = _from_file(source) if source else _from_torchvision()
    try:
        means = tap_means(_features(tensors))
    except (KeyError, RuntimeError) as problem:
        raise WeightError(f"{source} is no VGG16 ({problem})", "it needs torchvision's names") from None
    kept = {name: tensor.half().contiguous() for name, tensor in tensors.items() if name in _names()}
    target = target or backbone_path()
    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(target, save(kept, metadata={"tap_means": json.dumps(means)}), error=WeightError)
    return target


@torch.no_grad()
def tap_means(features: nn.Sequential) -> dict[str, float]:
    """Return each tap's mean activation on the fixed picture."""
    probe = Perceptual(features, {})
    return {name: float(tap.mean()) for name, tap in probe.taps(fixed_picture()).items()}


def fixed_picture(side: int = 256) -> Tensor:
    """Return a seeded (1, 3, side, side) picture with the 1 / f spectrum of natural ones (Field 1987)."""
    noise = torch.randn(1, 3, side, side, generator=torch.Generator().manual_seed(1987))
    frequency = torch.fft.fftfreq(side)
    radius = torch.sqrt(frequency[:, None] ** 2 + frequency[None, :] ** 2)
    radius[0, 0] = 1.0
    picture = torch.fft.ifft2(torch.fft.fft2(noise) / radius).real
    natural: Tensor = (picture / picture.std() * 0.22 + 0.45).clamp(0, 1)
    return natural


def _names() -> frozenset[str]:
    return frozenset(f"features.{name}" for name in _empty_features().state_dict())


def _empty_features() -> nn.Sequential:
    with torch.device("meta"):
        layers = make_layers(list(_LAYERS))
    # Averages in place of maxima (Gatys et al. 2015): a maximum passes the gradient to one pixel of four, and
    # the generator answers with a checkerboard.
    pooled = (nn.AvgPool2d(2) if isinstance(layer, nn.MaxPool2d) else layer for layer in layers)
    return nn.Sequential(*pooled)


def _features(tensors: Mapping[str, Tensor]) -> nn.Sequential:
    # Taps lie behind in-place ReLUs: what a tap holds is the activation itself, which no later layer changes.
    layers = _empty_features()
    wanted = {name: tensors[f"features.{name}"].float() for name in layers.state_dict()}
    layers.load_state_dict(wanted, assign=True)
    placed: nn.Sequential = layers.to(memory_format=torch.channels_last)
    return placed


def _from_file(source: Path) -> dict[str, Tensor]:
    try:
        with safe_open(source, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as problem:
        raise WeightError(f"{source} cannot be read ({problem})", "give a safetensors file") from None


def _from_torchvision() -> dict[str, Tensor]:
    try:
        return dict(VGG16_Weights.IMAGENET1K_V1.get_state_dict(progress=True, check_hash=True))
    except OSError as problem:
        raise WeightError(f"VGG16 cannot be fetched ({problem})", "give a file with --file") from None
