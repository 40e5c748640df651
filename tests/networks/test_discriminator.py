from __future__ import annotations

import pytest
import torch

from gantool.networks.discriminator import UNetDiscriminator


def test_the_discriminator_judges_every_place_with_unit_spectral_norm() -> None:
    torch.manual_seed(0)
    critic = UNetDiscriminator(width=8)
    assert critic(torch.rand(2, 3, 64, 48)).shape == (2, 1, 32, 24)
    for _ in range(30):
        critic(torch.rand(1, 3, 32, 32))
    critic.eval()
    norm = torch.linalg.matrix_norm(critic.smooth.weight.detach().flatten(1), ord=2)
    assert float(norm) == pytest.approx(1.0, abs=0.05)
