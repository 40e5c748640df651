"""ST-LPIPS beside the same network written out layer by layer, on seeded weights."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.nn.functional as functional
from safetensors.torch import save_file
from torch import Tensor

from gantool.errors import WeightError
from gantool.metrics import load_stlpips
from gantool.metrics.stlpips import SMALLEST

Tensors = dict[str, Tensor]
SHAPES = {0: (64, 3, 11), 3: (192, 64, 5), 6: (384, 192, 3), 8: (256, 384, 3), 10: (256, 256, 3)}


@pytest.fixture(scope="module")
def tensors() -> Tensors:
    rng = torch.Generator().manual_seed(3)
    made: Tensors = {}
    for tap, (number, (outputs, inputs, side)) in enumerate(SHAPES.items()):
        spread = (inputs * side * side) ** -0.5
        kernel = torch.randn(outputs, inputs, side, side, generator=rng) * spread
        made[f"features.{number}.weight"] = kernel.half()
        made[f"features.{number}.bias"] = (torch.randn(outputs, generator=rng) * 0.1).half()
        made[f"lin{tap}.model.1.weight"] = torch.rand(1, outputs, 1, 1, generator=rng).half()
    return made


@pytest.fixture(scope="module")
def file(tensors: Tensors, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("stlpips") / "stlpips.safetensors"
    save_file(tensors, path)
    return path


def images(size: int = 64) -> tuple[Tensor, Tensor]:
    rng = torch.Generator().manual_seed(5)
    clean = torch.rand(2, 3, size, size, generator=rng)
    return (clean + 0.1 * torch.randn(clean.shape, generator=rng)).clamp(0, 1), clean


def halved(image: Tensor) -> Tensor:
    """Blur by summing nine shifted copies, then keep every second pixel."""
    padded = functional.pad(image, (2, 2, 2, 2), mode="reflect")
    height, width = padded.shape[-2] - 2, padded.shape[-1] - 2
    total = torch.zeros_like(padded[..., :height, :width])
    for y, row in enumerate((1, 2, 1)):
        for x, factor in enumerate((1, 2, 1)):
            total += row * factor * padded[..., y : y + height, x : x + width]
    return total[..., ::2, ::2] / 16


def written_out(tensors: Tensors, image: Tensor) -> list[Tensor]:
    def conv(number: int, given: Tensor, padding: int) -> Tensor:
        weight, bias = (tensors[f"features.{number}.{kind}"].float() for kind in ("weight", "bias"))
        return functional.conv2d(given, weight, bias, padding=padding)

    x = 2 * image - 1
    x = x - torch.tensor([-0.030, -0.088, -0.188]).view(3, 1, 1)
    x = x / torch.tensor([0.458, 0.448, 0.450]).view(3, 1, 1)
    first = halved(conv(0, x, 2)).relu()
    second = conv(3, halved(functional.max_pool2d(first, 3, 1)), 2).relu()
    third = conv(6, halved(functional.max_pool2d(second, 3, 1)), 1).relu()
    fourth = conv(8, third, 1).relu()
    return [first, second, third, fourth, conv(10, fourth, 1).relu()]


def distance(tensors: Tensors, output: Tensor, target: Tensor) -> Tensor:
    total = torch.zeros(output.shape[0])
    taps = zip(written_out(tensors, output), written_out(tensors, target), strict=True)
    for index, (one, other) in enumerate(taps):
        difference = functional.normalize(one, dim=1) - functional.normalize(other, dim=1)
        head = tensors[f"lin{index}.model.1.weight"].float()
        total += (difference.pow(2) * head).sum(1).mean((1, 2))
    return total


def test_distance_is_that_of_the_network_written_out(file: Path, tensors: Tensors) -> None:
    output, target = images()
    torch.testing.assert_close(load_stlpips(file)(output, target), distance(tensors, output, target))


def test_equal_pictures_have_no_distance_and_the_order_does_not_matter(file: Path) -> None:
    metric = load_stlpips(file)
    output, target = images(SMALLEST)
    assert metric(target, target).tolist() == [0.0, 0.0]
    torch.testing.assert_close(metric(output, target), metric(target, output))
    assert bool((metric(output, target) > 0).all())


def test_grey_counts_as_equal_channels(file: Path) -> None:
    metric = load_stlpips(file)
    output, target = (image[:1, :1] for image in images(40))
    expected = metric(output.expand(1, 3, -1, -1), target.expand(1, 3, -1, -1))
    torch.testing.assert_close(metric(output, target), expected)


def test_nothing_in_it_is_trained(file: Path) -> None:
    metric = load_stlpips(file)
    assert not metric.training
    assert not any(parameter.requires_grad for parameter in metric.parameters())


def test_files_that_are_not_its_weights_are_refused(file: Path, tensors: Tensors, tmp_path: Path) -> None:
    with pytest.raises(WeightError, match="no weight file"):
        load_stlpips(tmp_path / "missing.safetensors")
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(WeightError, match=r"cut\.safetensors is no whole safetensors file"):
        load_stlpips(cut)
    part = tmp_path / "part.safetensors"
    save_file({name: value for name, value in tensors.items() if name != "features.8.bias"}, part)
    with pytest.raises(WeightError, match=r"lacks 'features\.8\.bias'"):
        load_stlpips(part)
    other = tmp_path / "other.safetensors"
    save_file({**tensors, "features.0.bias": torch.zeros(7)}, other)
    with pytest.raises(WeightError, match="other shapes"):
        load_stlpips(other)
