from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
import torch
from torch import Tensor

from gantool.train.losses import augment
from gantool.train.losses.augment import adaptive_augment, diff_augment
from gantool.train.losses.resample import resample

Augmentation = Callable[[Tensor], Tensor]
BOTH: tuple[Augmentation, ...] = (diff_augment, partial(adaptive_augment, probability=0.8))


def pictures(count: int = 4, height: int = 16, width: int = 24) -> Tensor:
    return torch.rand(count, 3, height, width, generator=torch.Generator().manual_seed(1))


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(7)


@pytest.mark.parametrize("function", BOTH)
def test_shape_stays_and_the_seed_decides(function: Augmentation) -> None:
    results = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        results.append(function(pictures()))
    assert results[0].shape == (4, 3, 16, 24)
    assert torch.equal(results[0], results[1])
    assert not torch.equal(results[0], results[2])


@pytest.mark.parametrize("function", BOTH)
def test_each_sample_is_changed_in_its_own_way(function: Augmentation) -> None:
    out = function(pictures(1).expand(4, -1, -1, -1))
    assert all(not torch.equal(out[0], other) for other in out[1:])


@pytest.mark.parametrize("function", BOTH)
@pytest.mark.parametrize("shape", [(2, 1, 7, 9), (1, 3, 1, 1), (3, 4, 32, 32)])
def test_any_size_and_number_of_channels_goes(function: Augmentation, shape: tuple[int, ...]) -> None:
    out = function(torch.rand(shape))
    assert out.shape == shape
    assert bool(torch.isfinite(out).all())


@pytest.mark.parametrize("function", BOTH)
def test_gradients_are_those_of_finite_differences_also_twice(function: Augmentation) -> None:
    weight = torch.rand(2, 3, 6, 6)

    def seeded(image: Tensor) -> Tensor:
        torch.manual_seed(3)
        return (function(image) * weight).square().sum()

    # Quadratic in the image: one slope and one curvature along a line say it all.
    image = pictures(2, 6, 6).requires_grad_()
    way = torch.rand(2, 3, 6, 6) - 0.5
    value = seeded(image)
    (slope,) = torch.autograd.grad(value, image, create_graph=True)
    (curvature,) = torch.autograd.grad((slope * way).sum(), image)
    ahead, behind = seeded(image.detach() + way), seeded(image.detach() - way)
    along = (slope.detach() * way).sum().item()
    assert along == pytest.approx((ahead - behind).item() / 2, rel=1e-3, abs=1e-3)
    bend = (ahead + behind - 2 * value.detach()).item()
    assert (curvature * way).sum().item() == pytest.approx(bend, rel=1e-3, abs=1e-3)


@pytest.mark.parametrize("function", BOTH)
def test_autocast_changes_nothing(function: Augmentation) -> None:
    torch.manual_seed(5)
    wanted = function(pictures())
    torch.manual_seed(5)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(function(pictures()), wanted)


def test_diff_augment_moves_colours_and_covers_a_quarter_at_most() -> None:
    out = diff_augment(torch.full((64, 3, 32, 32), 0.9))
    grey = (out == augment.GREY).all(1).float().mean((1, 2))
    assert float(grey.min()) >= 0.25 / 4  # a corner of the hole at least
    assert float(grey.max()) <= 0.25 + 2 * 0.125
    values = out[:, 0, 16, 16]
    bright = values[values != augment.GREY]
    assert float(bright.min()) >= 0.65 - 1e-6
    assert float(bright.max()) <= 1.15 + 1e-6
    assert float(bright.std()) > 0.1


def test_translation_is_by_whole_pixels_of_an_eighth_at_most_and_grey_moves_in() -> None:
    image = pictures(64, 16, 24)
    out = augment._translated(image)
    found = set()
    for before, after in zip(image, out, strict=True):
        moves = [
            (y, x) for y in range(-2, 3) for x in range(-3, 4) if torch.equal(_moved(before, y, x), after)
        ]
        assert len(moves) == 1
        found.add(moves[0])
    assert {y for y, _ in found} == set(range(-2, 3))
    assert {x for _, x in found} == set(range(-3, 4))


def _moved(image: Tensor, down: int, right: int) -> Tensor:
    padded = torch.nn.functional.pad(image, (3, 3, 3, 3), value=augment.GREY)
    return padded[:, 3 - down : 19 - down, 3 - right : 27 - right]


def test_ada_leaves_pictures_alone_at_probability_0_and_changes_all_at_1() -> None:
    image = pictures(32)
    assert torch.equal(adaptive_augment(image, 0.0), image)
    out = adaptive_augment(image, 1.0)
    assert all(not torch.allclose(a, b) for a, b in zip(image, out, strict=True))


def test_ada_draws_each_kind_with_the_probability() -> None:
    kept = augment._with(0.3, torch.ones(4000, 1, 1, 1), 0.0)
    assert float(kept.mean()) == pytest.approx(0.3, abs=0.03)
    image = torch.rand(2000, 3, 16, 16)
    untouched = torch.isclose(adaptive_augment(image, 0.1), image, atol=1e-4).flatten(1).all(1)
    # Scale, rotation and three of the colours always show; both flips half of the time, turns 3 times of 4,
    # and one shift of 16 rounds to no pixel.
    wanted = 0.9**5 * 0.95**2 * (1 - 0.075) * (1 - 0.1 * 15 / 16)
    assert float(untouched.float().mean()) == pytest.approx(wanted, abs=0.04)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
@pytest.mark.parametrize("flip", [1.0, -1.0])
def test_flips_and_quarter_turns_move_whole_pixels(turns: int, flip: float) -> None:
    image = pictures(1, 8, 8)
    angle = torch.tensor(turns * torch.pi / 2)
    matrix = torch.stack([flip * angle.cos(), -flip * angle.sin(), angle.sin(), angle.cos()]).view(1, 2, 2)
    wanted = torch.rot90(image.flip(3) if flip < 0 else image, turns, (2, 3))
    out = augment._warped(image, matrix, torch.zeros(1, 2))
    torch.testing.assert_close(out, wanted, atol=1e-5, rtol=0)


def test_a_shift_reads_that_many_pixels_to_the_right_and_below() -> None:
    image = pictures(1, 8, 12)
    out = augment._warped(image, torch.eye(2)[None], torch.tensor([[2.0, 1.0]]))
    torch.testing.assert_close(out[..., :-1, :-2], image[..., 1:, 2:], atol=1e-5, rtol=0)
    torch.testing.assert_close(out[..., :-1, -2:], image[..., 1:, -2:].flip(3), atol=1e-5, rtol=0)


def test_a_turned_disc_in_a_wide_picture_stays_round() -> None:
    y, x = torch.meshgrid(torch.arange(32.0) - 15.5, torch.arange(64.0) - 31.5, indexing="ij")
    disc = torch.sigmoid(8 - (y**2 + x**2).sqrt())[None, None]
    angle = torch.tensor(0.6)
    matrix = torch.stack([angle.cos(), -angle.sin(), angle.sin(), angle.cos()]).view(1, 2, 2)
    torch.testing.assert_close(augment._warped(disc, matrix, torch.zeros(1, 2)), disc, atol=0.06, rtol=0)


def test_resampling_equals_grid_sample() -> None:
    image = pictures(2).requires_grad_()
    grid = torch.rand(2, 5, 6, 2) * 3 - 1.5
    wanted = torch.nn.functional.grid_sample(image, grid, padding_mode="reflection", align_corners=False)
    out = resample(image, grid)
    assert torch.equal(out, wanted)
    slope = torch.rand_like(out)
    (got,) = torch.autograd.grad(out, image, slope)
    (right,) = torch.autograd.grad(wanted, image, slope)
    torch.testing.assert_close(got, right)
