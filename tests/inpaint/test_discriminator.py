"""The discriminator of inpainting judges holes alone, and learns what gives a fill away."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.nn.functional as functional

from gantool.networks.discriminator import UNetDiscriminator
from gantool.task import TrainInputs
from gantool.testing.pictures import write_pictures
from gantool_inpaint.held_out import Holed
from gantool_inpaint.options import Kind
from gantool_inpaint.recipe import InpaintRecipe
from gantool_inpaint.train_options import TrainInpaintOptions


@pytest.fixture
def recipe(tmp_path: Path) -> InpaintRecipe:
    write_pictures(tmp_path / "photos", 96)
    inputs = TrainInputs(tmp_path / "photos", None, torch.device("cpu"), 0, 1 << 28)
    return InpaintRecipe(TrainInpaintOptions(kind=Kind.fidelity, patch=32), inputs)


def square(count: int) -> torch.Tensor:
    mask = torch.zeros(count, 1, 32, 32)
    mask[..., 8:24, 8:24] = 1
    return mask


def test_only_what_is_said_of_holes_counts(recipe: InpaintRecipe) -> None:
    batch = Holed(torch.rand(2, 3, 32, 32), square(2))
    places = torch.arange(16 * 16.0).reshape(1, 1, 16, 16).expand(2, -1, -1, -1)
    shown = []

    def discriminator(seen: torch.Tensor) -> torch.Tensor:
        shown.append(seen)
        return places

    said = recipe.judge(discriminator, batch, batch.clean).counted  # type: ignore[arg-type]
    assert torch.equal(said, places[..., 4:12, 4:12].flatten())
    assert shown[0] is batch.clean


def test_a_smooth_fill_is_told_from_a_grainy_picture_within_a_few_steps(recipe: InpaintRecipe) -> None:
    torch.manual_seed(0)
    critic = UNetDiscriminator(width=8)
    optimiser = torch.optim.Adam(critic.parameters(), 1e-3, (0.5, 0.99))
    for _ in range(50):
        # Faint grain on any brightness: the eye sees it at once, plain convolutions do not for long.
        real = 0.2 + 0.6 * torch.rand(4, 3, 1, 1) + 0.03 * torch.randn(4, 3, 32, 32)
        batch = Holed(real, square(4))
        smooth = functional.avg_pool2d(real, 9, 1, 4, count_include_pad=False)
        fake = torch.where(batch.mask > 0, smooth, real)
        said, of_fake = (recipe.judge(critic, batch, image).counted for image in (real, fake))
        loss = functional.softplus(-said).mean() + functional.softplus(of_fake).mean()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    assert loss.item() < 1.0  # chance is 1.39
