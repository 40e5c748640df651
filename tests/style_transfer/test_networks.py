from __future__ import annotations

import pytest
import torch

from gantool_style_transfer.encoder import COLOURS, colours, recoloured
from gantool_style_transfer.grain import PERIOD, grain_at, make_grain
from gantool_style_transfer.networks import Generator, StyleConfig
from gantool_style_transfer.recipe_any import CONFIG
from tests.style_transfer.painted import ANY_STYLE, ONE


def make(config: StyleConfig) -> Generator:
    torch.manual_seed(0)
    return Generator(config).eval()


def code_for(network: Generator) -> torch.Tensor | None:
    return network.encode(torch.rand(1, 3, 64, 96)) if network.config.any_style else None


@pytest.mark.parametrize("config", [ONE, ANY_STYLE])
@torch.no_grad()
def test_measured_statistics_give_what_the_picture_gives_by_itself(config: StyleConfig) -> None:
    network, image = make(config), torch.rand(1, 3, 32, 40)
    code = code_for(network)
    statistics = network.measure(image, code)
    assert statistics.mean.shape == statistics.variance.shape == (1, sum(config.normalised))
    torch.testing.assert_close(network(image, code, statistics), network(image, code))


@pytest.mark.parametrize("config", [ONE, ANY_STYLE])
@torch.no_grad()
def test_a_tile_agrees_with_the_whole_inside_its_halo(config: StyleConfig) -> None:
    network, image = make(config), torch.rand(1, 3, 160, 176)
    code, halo = code_for(network), config.halo
    statistics = network.measure(image[:, :, :64, :64], code)
    whole = network(image, code, statistics)[:, :, 24:152, 16:160]
    tile = network(image[:, :, 24:152, 16:160], code, statistics, (16, 24))
    inside = (..., slice(halo, -halo), slice(halo, -halo))
    torch.testing.assert_close(tile[inside], whole[inside], atol=1e-5, rtol=1e-5)
    elsewhere = network(image[:, :, 24:152, 16:160], code, statistics, (0, 0))
    assert not torch.allclose(elsewhere[inside], whole[inside], atol=1e-4)


@torch.no_grad()
def test_statistics_of_another_picture_change_the_result() -> None:
    network, image = make(ONE), torch.rand(1, 3, 32, 32)
    statistics = network.measure(image**3)
    assert not torch.allclose(network(image, None, statistics), network(image), atol=1e-3)


@torch.no_grad()
def test_one_style_stays_within_zero_and_one() -> None:
    painted = make(ONE)(100 * torch.randn(1, 3, 32, 32))
    assert 0 <= float(painted.min()) <= float(painted.max()) <= 1


@torch.no_grad()
def test_any_style_has_the_paintings_mean_colour_and_spread() -> None:
    network, painting = (
        make(ANY_STYLE),
        torch.rand(1, 3, 48, 48) * torch.tensor([0.2, 0.9, 0.5]).view(3, 1, 1),
    )
    made = colours(network(torch.rand(1, 3, 64, 64), network.encode(painting)))
    torch.testing.assert_close(made[:, :3], colours(painting)[:, :3], atol=1e-3, rtol=1e-3)


@torch.no_grad()
def test_each_picture_of_a_batch_gets_its_own_code() -> None:
    network, image = make(ANY_STYLE), torch.rand(1, 3, 32, 32)
    codes = network.encode(torch.rand(2, 3, 64, 64) * torch.tensor([0.2, 1.0]).view(2, 1, 1, 1))
    both = network(image.expand(2, -1, -1, -1), codes)
    torch.testing.assert_close(both[1:], network(image, codes[1:]), atol=1e-4, rtol=1e-4)
    assert not torch.allclose(both[0], both[1], atol=1e-2)


def test_a_generator_of_one_style_encodes_nothing_and_the_other_needs_a_code() -> None:
    with pytest.raises(TypeError, match="no encoder"):
        make(ONE).encode(torch.rand(1, 3, 64, 64))
    with pytest.raises(TypeError, match="code of a painting"):
        make(ANY_STYLE)(torch.rand(1, 3, 32, 32))


@pytest.mark.parametrize(("config", "limit"), [(StyleConfig(), 450_000), (CONFIG, 1_200_000)])
def test_weights_are_small(config: StyleConfig, limit: int) -> None:
    assert 2 * sum(tensor.numel() for tensor in Generator(config).state_dict().values()) < limit - 5000


@torch.no_grad()
def test_a_flat_picture_is_painted_and_the_same_place_always_alike() -> None:
    network = make(ONE)
    painted = network(torch.full((1, 3, 64, 64), 0.5))
    assert float(painted.std(dim=(2, 3)).min()) > 1e-3
    torch.testing.assert_close(network(torch.full((1, 3, 64, 64), 0.5)), painted)


def test_grain_repeats_after_its_period_and_not_before() -> None:
    grain = make_grain()
    torch.testing.assert_close(grain_at(grain, PERIOD + 3, -PERIOD, 8, 8), grain_at(grain, 3, 0, 8, 8))
    assert float((grain_at(grain, 5, 0, 8, 8) - grain_at(grain, 3, 0, 8, 8)).abs().mean()) > 0.1
    assert abs(float(grain.mean())) < 0.02


def test_recoloured_has_the_palettes_colours() -> None:
    first, second = torch.rand(1, 3, 32, 32), torch.rand(1, 3, 32, 32) ** 2
    palette = colours(second)
    assert palette.shape == (1, COLOURS)
    torch.testing.assert_close(colours(recoloured(first, palette)), palette, atol=1e-3, rtol=1e-3)
