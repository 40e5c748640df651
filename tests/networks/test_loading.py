"""What a network's construction from a weight keeps, and what it refuses before there is memory for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from gantool.errors import Code, UsageError, WeightError
from gantool.networks.loading import network_of, strangers
from gantool.task import LoadedWeight
from gantool.weights.card import Card
from gantool_denoise.enhance import Denoiser
from gantool_denoise.networks import DenoiseConfig
from gantool_generate.config import GenerateConfig
from gantool_generate.networks import build_generator
from gantool_inpaint.networks import Generator as InpaintGenerator
from gantool_inpaint.networks import InpaintConfig
from gantool_style_transfer.networks import Generator as StyleGenerator
from gantool_style_transfer.networks import StyleConfig
from gantool_superres.networks import Generator as SuperResGenerator
from gantool_superres.networks import SuperResConfig

BUILDS: dict[str, Callable[[], nn.Module]] = {
    "superres": lambda: SuperResGenerator(SuperResConfig(scale=2, width=8, blocks=1)),
    "denoise": lambda: Denoiser(DenoiseConfig(8, 8, 16, 1, 1, 1, 1, 1)),
    "inpaint": lambda: InpaintGenerator(InpaintConfig(8, 8, 8)),
    "style": lambda: StyleGenerator(StyleConfig(8, 8, 1, 6)),
    **{
        preset: lambda preset=preset: build_generator(GenerateConfig(preset, 28, 1, 8, 8, "a/b"))  # type: ignore[misc]
        for preset in ("mlp", "dcgan", "resnet-sn", "style")
    },
}


def weight(network: nn.Module) -> LoadedWeight:
    card = Card("w", "toy", "arch", {}, "CC0-1.0")
    return LoadedWeight("w", card, network.state_dict(), "", Path("w.safetensors"))


@pytest.mark.parametrize("name", BUILDS)
def test_the_network_is_what_plain_loading_gives_bit_by_bit(name: str) -> None:
    torch.manual_seed(1)
    loaded = weight(BUILDS[name]())
    torch.manual_seed(2)
    plain = BUILDS[name]()
    plain.load_state_dict(dict(loaded.tensors))
    drawn = torch.rand(1)
    torch.manual_seed(2)
    made = network_of(loaded, BUILDS[name])
    assert torch.equal(torch.rand(1), drawn)  # the outline draws nothing
    for one, other in (
        (dict(made.named_parameters()), dict(plain.named_parameters())),
        (dict(made.named_buffers()), dict(plain.named_buffers())),
    ):
        assert list(one) == list(other)
        assert all(torch.equal(one[key], other[key]) for key in one)
        assert all(tensor.device.type == "cpu" for tensor in one.values())


def test_building_ends_soon_after_the_files_tensors_are_passed() -> None:
    built = 0

    def build() -> nn.Module:
        nonlocal built
        layers = []
        for _ in range(60_000):
            layers.append(nn.Linear(2, 2))
            built += 1
        return nn.Sequential(*layers)

    with pytest.raises(WeightError, match="far more layers than the file has tensors") as caught:
        network_of(weight(nn.Linear(2, 2)), build)
    assert built < 1000
    assert caught.value.kind is Code.WEIGHT
    nn.Sequential(*(nn.Linear(2, 2) for _ in range(2000)))  # nothing is counted afterwards


def test_what_is_large_is_never_given_memory() -> None:
    built = []

    def build() -> nn.Module:
        built.append(nn.Linear(1 << 22, 1 << 22, bias=False))  # 64 TiB
        return built[-1]

    with pytest.raises(WeightError, match=r"'weight' is of shape \(2, 2\) in place of \(4194304, 4194304\)"):
        network_of(weight(nn.Linear(2, 2, bias=False)), build)
    assert [layer.weight.device.type for layer in built] == ["meta"]


@pytest.mark.parametrize(
    "failure", [ValueError("no\nsuch width"), KeyError("width"), UsageError("no", "yes")]
)
def test_a_failing_constructor_is_the_configurations_fault(failure: Exception) -> None:
    def build() -> nn.Module:
        raise failure

    with pytest.raises(WeightError, match=r"the configuration in w\.safetensors describes no network"):
        network_of(weight(nn.Linear(2, 2)), build)


def test_what_a_constructor_says_of_weights_itself_stays() -> None:
    def build() -> nn.Module:
        raise WeightError("the backbone is not there", "get it")

    with pytest.raises(WeightError, match=r"^the backbone is not there; get it$"):
        network_of(weight(nn.Linear(2, 2)), build)


def test_layers_that_only_a_file_has_are_named_once() -> None:
    config = SuperResConfig(scale=2, width=8, blocks=1)
    tensors, network = SuperResGenerator(config).state_dict(), SuperResGenerator(config, training=True)
    assert strangers(tensors, network) == ()
    further = {name: torch.zeros(1) for name in ("late.0.weight", "late.0.bias", "alone")}
    assert strangers({**tensors, **further}, network) == ("late.0", "alone")
