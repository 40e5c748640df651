from __future__ import annotations

from math import exp, log

import pytest
import torch
from torch import Tensor

from gantool.train.game import Game
from gantool.train.losses.adversarial import Labels, _drawn, discriminator_loss, generator_loss

REAL, FAKE = (2.0, -1.0), (0.5, -3.0)
MEAN_REAL, MEAN_FAKE = 0.5, -1.25


def s(x: float) -> float:
    return 1 / (1 + exp(-x))


def mean(*values: float) -> float:
    return sum(values) / len(values)


GENERATOR = {
    Game.minimax: mean(log(1 - s(0.5)), log(1 - s(-3.0))),
    Game.non_saturating: mean(-log(s(0.5)), -log(s(-3.0))),
    Game.least_squares: mean(0.5**2, 4.0**2) / 2,
    Game.hinge: 1.25,
    Game.wasserstein: 1.25,
    # f - m[r] is 0 and -3.5; r - m[f] is 3.25 and 0.25.
    Game.relativistic: mean(-log(s(0.0)), -log(s(-3.5))) + mean(-log(1 - s(3.25)), -log(1 - s(0.25))),
    Game.relativistic_hinge: mean(1.0, 4.5) + mean(4.25, 1.25),
}
DISCRIMINATOR = {
    Game.minimax: mean(-log(s(2.0)), -log(s(-1.0))) + mean(-log(1 - s(0.5)), -log(1 - s(-3.0))),
    Game.least_squares: mean(1.0, 4.0) / 2 + mean(0.25, 9.0) / 2,
    Game.hinge: mean(0.0, 2.0) + mean(1.5, 0.0),
    Game.wasserstein: MEAN_FAKE - MEAN_REAL,
    Game.relativistic: mean(-log(s(3.25)), -log(s(0.25))) + mean(-log(1 - s(0.0)), -log(1 - s(-3.5))),
    Game.relativistic_hinge: mean(0.0, 0.75) + mean(1.0, 0.0),
}
DISCRIMINATOR[Game.non_saturating] = DISCRIMINATOR[Game.minimax]


def logits(values: tuple[float, ...], dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.tensor(values, dtype=dtype).view(-1, 1, 1, 1).requires_grad_()


@pytest.mark.parametrize("game", Game)
def test_the_generators_loss_is_the_one_computed_by_hand(game: Game) -> None:
    loss = generator_loss(game, logits(FAKE), logits(REAL).detach())
    assert loss.shape == ()
    assert loss.item() == pytest.approx(GENERATOR[game], rel=1e-6)


@pytest.mark.parametrize("game", Game)
def test_the_discriminators_loss_is_the_one_computed_by_hand(game: Game) -> None:
    loss = discriminator_loss(game, logits(REAL), logits(FAKE))
    assert loss.item() == pytest.approx(DISCRIMINATOR[game], rel=1e-6)


@pytest.mark.parametrize("game", Game)
def test_the_players_pull_in_opposite_directions(game: Game) -> None:
    fake, real = logits((0.5, 0.25)), logits((0.75, -0.25))
    generator_loss(game, fake, real.detach()).backward()  # type: ignore[no-untyped-call]
    assert fake.grad is not None
    assert float(fake.grad.sum()) < 0  # Descent makes the fakes' logits grow.

    fake, real = logits((0.5, 0.25)), logits((0.75, -0.25))
    discriminator_loss(game, real, fake).backward()  # type: ignore[no-untyped-call]
    assert fake.grad is not None
    assert real.grad is not None
    assert float(fake.grad.sum()) > 0 > float(real.grad.sum())


def test_minimax_saturates_where_the_discriminator_is_sure_and_non_saturating_does_not() -> None:
    slopes = {}
    for game in (Game.minimax, Game.non_saturating):
        fake = logits((-20.0,))
        generator_loss(game, fake).backward()  # type: ignore[no-untyped-call]
        assert fake.grad is not None
        slopes[game] = abs(float(fake.grad))
    assert slopes[Game.minimax] < 1e-8
    assert slopes[Game.non_saturating] == pytest.approx(1)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("game", Game)
def test_huge_logits_give_finite_losses_and_slopes(game: Game, dtype: torch.dtype) -> None:
    for real_values, fake_values in (((1e4, -1e4), (-1e4, 1e4)), ((1e4, 1e4), (-1e4, -1e4))):
        real, fake = logits(real_values, dtype), logits(fake_values, dtype)
        loss = discriminator_loss(game, real, fake) + generator_loss(game, fake, real.detach())
        assert loss.dtype is torch.float32
        loss.backward()  # type: ignore[no-untyped-call]
        assert real.grad is not None
        assert fake.grad is not None
        assert bool(torch.isfinite(torch.stack([loss, real.grad.sum(), fake.grad.sum()])).all())


def test_bf16_logits_are_averaged_in_float32() -> None:
    many = torch.full((4096, 1), 1.0, dtype=torch.bfloat16)
    many[::2] = 1.0078125  # The next bf16 number: a bf16 mean would round their average away.
    assert generator_loss(Game.hinge, many).item() == pytest.approx(-1.00390625, abs=1e-6)


@pytest.mark.parametrize("game", [Game.relativistic, Game.relativistic_hinge])
def test_relativistic_generators_need_real_logits(game: Game) -> None:
    with pytest.raises(ValueError, match="real"):
        generator_loss(game, logits(FAKE))


def test_smoothing_is_one_sided() -> None:
    labels = Labels(smoothing=0.1)
    r, f = logits((1.5,)), logits((-0.5,))
    by_hand = -(0.9 * log(s(1.5)) + 0.1 * log(1 - s(1.5))) - log(1 - s(-0.5))
    assert discriminator_loss(Game.non_saturating, r, f, labels).item() == pytest.approx(by_hand, rel=1e-6)
    squares = (0.6**2 + 0.5**2) / 2
    assert discriminator_loss(Game.least_squares, r, f, labels).item() == pytest.approx(squares, rel=1e-6)


def test_a_smoothed_label_stops_the_discriminator_from_growing_ever_surer() -> None:
    real = logits((10.0,))
    discriminator_loss(Game.minimax, real, logits(FAKE), Labels(smoothing=0.1)).backward()  # type: ignore[no-untyped-call]
    assert real.grad is not None
    assert float(real.grad) > 0


@pytest.mark.parametrize("game", [Game.minimax, Game.non_saturating, Game.least_squares])
def test_flipping_all_labels_swaps_the_roles(game: Game) -> None:
    real, fake = logits(REAL), logits(FAKE)
    flipped = discriminator_loss(game, real, fake, Labels(flip=1.0))
    assert flipped.item() == pytest.approx(discriminator_loss(game, fake, real).item(), rel=1e-6)


def test_labels_flip_by_sample_with_the_given_probability_and_seed() -> None:
    # With logits 0 / 1 and least squares, a place adds 0.5 if and only if its real label was flipped.
    real, fake = torch.ones(2000, 1, 3, 3), torch.zeros(2000, 1, 3, 3)
    losses = []
    for seed in (5, 5, 6):
        torch.manual_seed(seed)
        losses.append(discriminator_loss(Game.least_squares, real, fake, Labels(flip=0.25)).item())
    assert losses[0] == losses[1] != losses[2]
    assert losses[0] == pytest.approx(0.25, abs=0.03)
    shared = {
        round(discriminator_loss(Game.least_squares, real[:1], fake[:1], Labels(flip=0.5)).item(), 6)
        for _ in range(40)
    }
    assert shared == {0.0, 0.5, 1.0}  # All places of a picture flip together.


def test_labels_are_swapped_for_whole_pictures_where_only_places_count() -> None:
    places = torch.rand(16, 1, 8, 8, generator=torch.Generator().manual_seed(1)) < 0.3
    torch.manual_seed(0)
    drawn = _drawn(torch.zeros(int(places.sum())), 0.5, places)
    owners = places.nonzero()[:, 0]
    of_each = [set(drawn[owners == index].tolist()) for index in range(16)]
    assert all(len(labels) == 1 for labels in of_each)
    assert len(set.union(*of_each)) == 2
