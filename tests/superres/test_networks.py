from __future__ import annotations

import pytest
import torch

from gantool.networks.overparameterised import OverParameterised
from gantool_superres.networks import Generator, SuperResConfig


def make(scale: int = 2, blocks: int = 2, training: bool = True, seed: int = 0) -> Generator:
    torch.manual_seed(seed)
    return Generator(SuperResConfig(scale=scale, width=8, blocks=blocks), training)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_the_folded_network_computes_the_same(scale: int) -> None:
    network = make(scale)
    image = torch.rand(2, 3, 11, 17)
    output = network(image)
    assert output.shape == (2, 3, 11 * scale, 17 * scale)
    torch.testing.assert_close(network.fold()(image), output, atol=1e-5, rtol=1e-5)


def test_only_plain_convolutions_are_left_after_folding() -> None:
    names = [name for name, _ in make().fold().named_parameters()]
    assert all(name.endswith((".weight", ".bias")) for name in names)
    assert not any(isinstance(module, OverParameterised) for module in make().fold().modules())


def test_unfolding_takes_over_a_network_exactly() -> None:
    source, target = make(seed=1), make(seed=2)
    assert target.unfold(source.fold().state_dict()) == ()
    image = torch.rand(1, 3, 9, 9)
    torch.testing.assert_close(target(image), source(image), atol=1e-5, rtol=1e-5)


def test_a_deeper_network_starts_as_the_shallower_one() -> None:
    shallow, deep = make(blocks=2, seed=1), make(blocks=5, seed=2)
    unmatched = deep.unfold(shallow.fold().state_dict())
    assert set(unmatched) == {f"body.{index}.{part}" for index in (2, 3, 4) for part in ("first", "second")}
    image = torch.rand(1, 3, 9, 9)
    torch.testing.assert_close(deep(image), shallow(image), atol=1e-5, rtol=1e-5)
    deep(image).sum().backward()
    assert all(parameter.grad is not None for parameter in deep.parameters())
    grown = dict(deep.named_modules())["body.4.second"]
    assert isinstance(grown, OverParameterised)
    assert grown.spatial.grad is not None
    assert grown.spatial.grad.abs().sum() > 0


def test_another_scale_keeps_all_but_the_tail() -> None:
    assert make(scale=3).unfold(make(scale=2).fold().state_dict()) == ("tail",)


def test_the_halo_is_the_receptive_field() -> None:
    network = make(blocks=3).double().fold().double()
    image = torch.rand(1, 3, 41, 41, dtype=torch.float64, requires_grad=True)
    output = network(image)
    output[0, :, 40:42, 40:42].sum().backward()  # the pixels that LR pixel (20, 20) turns into
    assert image.grad is not None
    touched = image.grad.abs().sum((0, 1)).nonzero()
    reach = int((touched - 20).abs().max())
    assert reach == network.config.halo
