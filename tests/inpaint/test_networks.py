from __future__ import annotations

import torch

from gantool.networks.overparameterised import OverParameterised
from gantool_inpaint.fill import smooth_fill
from gantool_inpaint.networks import Generator, InpaintConfig

TINY = InpaintConfig(8, 8, 16, 1, 1, 2, 1, 1)
MOST_BYTES = 1_650_000
"""Of a weight in 16 bit; both kinds together are shipped."""


def random_network(seed: int = 0, config: InpaintConfig = TINY) -> Generator:
    torch.manual_seed(seed)
    network = Generator(config, training=True)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    return network


def example() -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(3)
    mask = torch.zeros(2, 1, 40, 24)
    mask[:, :, 10:30, 4:20] = 1
    return torch.rand(2, 3, 40, 24), mask


def test_an_untrained_network_is_the_smooth_fill() -> None:
    image, mask = example()
    for training in (False, True):
        network = Generator(TINY, training=training)
        torch.testing.assert_close(network(image, mask), smooth_fill(image, mask), atol=1e-6, rtol=0)


def test_known_pixels_come_through_and_hidden_ones_do_not_matter() -> None:
    network, (image, mask) = random_network(), example()
    output = network(image, mask)
    torch.testing.assert_close(output * (1 - mask), image * (1 - mask))
    assert not torch.allclose(output, smooth_fill(image, mask), atol=1e-3)
    assert torch.equal(network(torch.where(mask > 0, torch.full_like(image, 9.0), image), mask), output)


def test_the_folded_network_computes_the_same() -> None:
    network, (image, mask) = random_network(), example()
    folded = network.fold()
    torch.testing.assert_close(folded(image, mask), network(image, mask), atol=1e-5, rtol=1e-5)
    assert not any(isinstance(module, OverParameterised) for module in folded.modules())


def test_unfolding_takes_over_a_network_with_its_dilations() -> None:
    source, target, (image, mask) = random_network(1), random_network(2), example()
    assert target.unfold(source.fold().state_dict()) == ()
    torch.testing.assert_close(target(image, mask), source(image, mask), atol=1e-5, rtol=1e-5)


def test_the_middle_of_a_large_hole_sees_past_its_border() -> None:
    network = random_network().fold()
    image = torch.rand(1, 3, 160, 160, requires_grad=True)
    mask = torch.zeros(1, 1, 160, 160)
    mask[:, :, 32:128, 32:128] = 1
    network(image, mask)[0, :, 80, 80].sum().backward()
    assert image.grad is not None
    seen = image.grad.abs().sum((0, 1)) > 0
    assert seen[:32, :].any()
    assert not seen[32:128, 32:128].any()


def test_a_shipped_weight_is_small() -> None:
    network = Generator(InpaintConfig())
    assert 2 * sum(parameter.numel() for parameter in network.parameters()) < MOST_BYTES
