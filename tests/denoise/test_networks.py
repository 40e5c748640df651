from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from gantool.networks.overparameterised import OverParameterised
from gantool_denoise.networks import DenoiseConfig, Generator
from gantool_denoise.options import SIZES, Size
from tests.denoise.pictures import TINY

LEVEL = torch.full((1, 1, 1, 1), 0.1)


def make(config: DenoiseConfig = TINY, seed: int = 0) -> Generator:
    torch.manual_seed(seed)
    return Generator(config, training=True)


def test_the_folded_network_computes_the_same() -> None:
    network, image = make(), torch.rand(1, 3, 24, 40)
    folded = network.fold()
    torch.testing.assert_close(folded(image, LEVEL), network(image, LEVEL), atol=1e-5, rtol=1e-5)
    assert not any(isinstance(module, OverParameterised) for module in folded.modules())


def test_unfolding_takes_over_a_network_exactly() -> None:
    source, target, image = make(seed=1), make(seed=2), torch.rand(1, 3, 16, 16)
    assert target.unfold(source.fold().state_dict()) == ()
    torch.testing.assert_close(target(image, LEVEL), source(image, LEVEL), atol=1e-5, rtol=1e-5)


def test_a_deeper_network_starts_as_the_shallower_one() -> None:
    shallow = make(seed=1)
    deep = make(replace(TINY, blocks1=2, middle=3, back1=2), seed=2)
    unmatched = deep.unfold(shallow.fold().state_dict())
    grown = ("down1.1", "middle.1", "middle.2", "up1.1")
    assert set(unmatched) == {f"{block}.{part}" for block in grown for part in ("first", "second")}
    image = torch.rand(1, 3, 16, 16)
    torch.testing.assert_close(deep(image, LEVEL), shallow(image, LEVEL), atol=1e-5, rtol=1e-5)


def test_large_can_be_grown_from_compact() -> None:
    compact, large = (SIZES[size] for size in (Size.compact, Size.large))
    assert compact.widths == large.widths
    assert all(few <= many for few, many in zip(compact.blocks, large.blocks, strict=True))


def touched(network: Generator, x: int, y: int) -> Tensor:
    image = torch.rand(1, 3, 192, 192, dtype=torch.float64, requires_grad=True)
    network(image, LEVEL.double())[0, :, y, x].sum().backward()
    assert image.grad is not None
    return image.grad.abs().sum((0, 1)).nonzero()


@pytest.mark.parametrize(("x", "y"), [(96, 96), (95, 95), (99, 92)])
def test_the_halo_holds_the_receptive_field(x: int, y: int) -> None:
    network = make().double().fold().double()
    reach = int((touched(network, x, y) - torch.tensor([y, x])).abs().max())
    assert 24 < reach <= network.config.halo


def test_the_noise_level_matters() -> None:
    network, image = make(), torch.rand(1, 3, 16, 16)
    assert not torch.allclose(network(image, LEVEL), network(image, 2 * LEVEL), atol=1e-5)


def test_work_is_counted_as_torch_does() -> None:
    from torch.utils.flop_counter import FlopCounterMode

    network = make().fold()
    with FlopCounterMode(display=False) as counter:
        network(torch.rand(1, 3, 64, 64), LEVEL)
    assert counter.get_total_flops() / 2 / 64**2 == pytest.approx(network.config.work, rel=0.01)
