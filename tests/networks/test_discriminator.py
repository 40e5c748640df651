from __future__ import annotations

import pytest
import torch

from gantool.networks.discriminator import UNetDiscriminator, with_detail


def test_the_discriminator_judges_every_place_with_unit_spectral_norm() -> None:
    torch.manual_seed(0)
    critic = UNetDiscriminator(width=8)
    assert critic(torch.rand(2, 3, 64, 48)).shape == (2, 1, 32, 24)
    for _ in range(30):
        critic(torch.rand(1, 3, 32, 32))
    critic.eval()
    norm = torch.linalg.matrix_norm(critic.smooth.weight.detach().flatten(1), ord=2)
    assert float(norm) == pytest.approx(1.0, abs=0.05)


def test_fine_detail_is_shown_amplified_beside_the_picture() -> None:
    image = torch.full((1, 3, 16, 16), 0.25)
    image[..., 8, 8] += 0.1
    seen = with_detail(image)
    assert seen.shape == (1, 6, 16, 16)
    assert float(seen[0, 0, 0, 0]) == pytest.approx(-0.5)
    assert float(seen[0, 3, 0, 0]) == pytest.approx(0, abs=1e-6)
    assert float(seen[0, 3, 8, 8]) == pytest.approx(8 * 0.1 * 24 / 25, rel=1e-4)
