from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torchvision.models.vgg import make_layers

from gantool.errors import WeightError
from gantool.train.perceptual import fixed_picture, install_backbone, load_perceptual


def write_vgg(path: Path, gain: float = 1.0) -> None:
    """A random VGG16 whose activations are `gain` times a reference's at every tap."""
    torch.manual_seed(0)
    state = make_layers([64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512]).state_dict()
    first = f"{next(iter(state)).split('.')[0]}"
    scaled = {
        name: value * gain if name.startswith(f"{first}.") or name.endswith("bias") else value
        for name, value in state.items()
    }
    save_file({f"features.{name}": value.contiguous() for name, value in scaled.items()}, path)


def test_the_distance_does_not_depend_on_the_backbones_scale(tmp_path: Path) -> None:
    picture = fixed_picture(64)
    other = (picture + 0.1 * torch.randn(picture.shape, generator=torch.Generator().manual_seed(1))).clamp(
        0, 1
    )
    distances = []
    for gain in (1.0, 300.0):
        write_vgg(tmp_path / "source.safetensors", gain)
        path = install_backbone(tmp_path / "source.safetensors", tmp_path / f"kept-{gain}.safetensors")
        perceptual = load_perceptual(path)
        assert float(perceptual(picture, picture)) == 0
        distances.append(float(perceptual(other, picture)))
    assert distances[0] > 0
    assert distances[0] == pytest.approx(distances[1], rel=0.02)


def test_the_gradient_reaches_the_output_alone(tmp_path: Path) -> None:
    write_vgg(tmp_path / "source.safetensors")
    perceptual = load_perceptual(
        install_backbone(tmp_path / "source.safetensors", tmp_path / "kept.safetensors")
    )
    output = fixed_picture(32).requires_grad_()
    perceptual(output, fixed_picture(32).flip(3)).backward()
    assert output.grad is not None
    assert float(output.grad.abs().sum()) > 0
    assert not any(parameter.requires_grad for parameter in perceptual.parameters())


def test_a_missing_or_wrong_backbone_gets_its_line(tmp_path: Path) -> None:
    with pytest.raises(WeightError, match=r"`gantool weights backbone` \(528 MB\), or name .* --backbone"):
        load_perceptual(tmp_path / "none.safetensors")
    save_file({"features.0.weight": torch.zeros(1)}, tmp_path / "wrong.safetensors")
    with pytest.raises(WeightError, match="no VGG16"):
        install_backbone(tmp_path / "wrong.safetensors", tmp_path / "kept.safetensors")
    (tmp_path / "text.safetensors").write_text("hello")
    with pytest.raises(WeightError, match="cannot be read"):
        install_backbone(tmp_path / "text.safetensors", tmp_path / "kept.safetensors")
