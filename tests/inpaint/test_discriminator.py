"""The discriminator of inpainting learns what gives a fill away."""

from __future__ import annotations

import torch
import torch.nn.functional as functional

from gantool_inpaint.discriminator import PatchDiscriminator


def test_a_smooth_fill_is_told_from_a_grainy_picture_within_a_few_steps() -> None:
    torch.manual_seed(0)
    critic = PatchDiscriminator(width=8)
    optimiser = torch.optim.Adam(critic.parameters(), 1e-3, (0.5, 0.99))
    mask = torch.zeros(4, 1, 32, 32)
    mask[..., 8:24, 8:24] = 1
    for _ in range(50):
        # Faint grain on any brightness: the eye sees it at once, plain convolutions do not for long.
        real = 0.2 + 0.6 * torch.rand(4, 3, 1, 1) + 0.03 * torch.randn(4, 3, 32, 32)
        fake = torch.where(mask > 0, functional.avg_pool2d(real, 9, 1, 4, count_include_pad=False), real)
        said, of_fake = critic(real, mask)[0], critic(fake, mask)[0]
        loss = (1 - said).relu().mean() + (1 + of_fake).relu().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert loss.item() < 1.6
