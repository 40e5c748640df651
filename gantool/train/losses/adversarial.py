"""Adversarial losses: functions of the discriminator's logits, whatever their shape (N, ...).

r and f are logits of real and of fake pictures, s is the logistic function, m a mean over all logits of the
batch (a discriminator that judges places has many for each picture). Everything is computed in float32.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from torch import Tensor

from gantool.train.game import Game


@dataclass(frozen=True)
class Labels:
    """What the discriminator is told, where its loss compares logits with labels.

    `smoothing` is taken from the label 1 of real pictures, and from it alone (one-sided; Salimans et al.
    2016, "Improved Techniques for Training GANs"). `flip` is the probability with which a sample gets the
    label of the other kind (Chintala et al. 2016, "How to Train a GAN?"), drawn from torch's global
    generator.
    """

    smoothing: float = 0.0
    flip: float = 0.0


_PLAIN = Labels()


def generator_loss(game: Game, fake: Tensor, real: Tensor | None = None) -> Tensor:
    """Return what the generator minimises, a float32 scalar.

    Args:
        game: the adversarial loss.
        fake: logits (N, ...) of made pictures.
        real: detached logits of real ones; the relativistic games need them, the others ignore them.
    """
    f = fake.float()
    match game:
        case Game.minimax:
            return minimax_generator(f)
        case Game.non_saturating:
            return non_saturating_generator(f)
        case Game.least_squares:
            return least_squares_generator(f)
        case Game.hinge | Game.wasserstein:
            return critic_generator(f)
        case Game.relativistic:
            return relativistic_generator(f, _needed(real))
        case Game.relativistic_hinge:
            return relativistic_hinge_generator(f, _needed(real))


def discriminator_loss(
    game: Game, real: Tensor, fake: Tensor, labels: Labels = _PLAIN, places: Tensor | None = None
) -> Tensor:
    """Return what the discriminator minimises, a float32 scalar: its loss on real plus that on fake.

    Args:
        game: the adversarial loss.
        real: logits (N, ...) of real pictures.
        fake: logits of made ones.
        labels: for minimax, non-saturating and least-squares; the other games have no labels.
        places: booleans (N, ...) where both are flat: of which places they are.
    """
    r, f = real.float(), fake.float()
    match game:
        case Game.minimax | Game.non_saturating:
            return logistic_discriminator(r, f, labels, places)
        case Game.least_squares:
            return least_squares_discriminator(r, f, labels, places)
        case Game.hinge:
            return hinge_discriminator(r, f)
        case Game.wasserstein:
            return wasserstein_critic(r, f)
        case Game.relativistic:
            return relativistic_discriminator(r, f)
        case Game.relativistic_hinge:
            return relativistic_hinge_discriminator(r, f)


def minimax_generator(fake: Tensor) -> Tensor:
    """Return m[log(1 - s(f))] (Goodfellow et al. 2014, "Generative Adversarial Nets", equation 1).

    It saturates: where the discriminator is sure, the gradient s(f) vanishes.
    """
    return -functional.softplus(fake).mean()


def non_saturating_generator(fake: Tensor) -> Tensor:
    """Return m[-log s(f)], what Goodfellow et al. 2014 (section 3) train with instead of minimax."""
    return functional.softplus(-fake).mean()


def logistic_discriminator(
    real: Tensor, fake: Tensor, labels: Labels = _PLAIN, places: Tensor | None = None
) -> Tensor:
    """Return m[-log s(r)] + m[-log(1 - s(f))] (Goodfellow et al. 2014), the cross entropy with the labels."""
    is_real, is_fake = _targets(real, fake, labels, places)
    cross_entropy = functional.binary_cross_entropy_with_logits
    return cross_entropy(real, is_real) + cross_entropy(fake, is_fake)


def least_squares_generator(fake: Tensor) -> Tensor:
    """Return m[(f - 1)^2] / 2 (Mao et al. 2017, "Least Squares GANs", equation 9)."""
    return (fake - 1).square().mean() / 2


def least_squares_discriminator(
    real: Tensor, fake: Tensor, labels: Labels = _PLAIN, places: Tensor | None = None
) -> Tensor:
    """Return m[(r - 1)^2] / 2 + m[f^2] / 2 (Mao et al. 2017, equation 9)."""
    is_real, is_fake = _targets(real, fake, labels, places)
    return ((real - is_real).square().mean() + (fake - is_fake).square().mean()) / 2


def critic_generator(fake: Tensor) -> Tensor:
    """Return -m[f], the generator's side of both the hinge and the Wasserstein game (papers: see there)."""
    return -fake.mean()


def hinge_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """Return m[max(0, 1 - r)] + m[max(0, 1 + f)] (Lim and Ye 2017, "Geometric GAN"; Miyato et al. 2018)."""
    return functional.relu(1 - real).mean() + functional.relu(1 + fake).mean()


def wasserstein_critic(real: Tensor, fake: Tensor) -> Tensor:
    """Return m[f] - m[r] (Arjovsky et al. 2017, "Wasserstein GAN", equation 2).

    It means a distance only while the critic's slope is bounded: by clipped weights (ibid.) or by the
    gradient penalty of Gulrajani et al. 2017, see regularisers.py.
    """
    return fake.mean() - real.mean()


def relativistic_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """Return m[-log s(r - m[f])] + m[-log(1 - s(f - m[r]))].

    The relativistic average GAN (Jolicoeur-Martineau 2018, "The relativistic discriminator: a key element
    missing from standard GAN", RaSGAN). With several processes each takes the means of its own samples.
    """
    over, under = _relative(real, fake)
    return functional.softplus(-over).mean() + functional.softplus(under).mean()


def relativistic_generator(fake: Tensor, real: Tensor) -> Tensor:
    """Return m[-log s(f - m[r])] + m[-log(1 - s(r - m[f]))]: the discriminator's with the roles swapped."""
    return relativistic_discriminator(real=fake, fake=real)


def relativistic_hinge_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """Return m[max(0, 1 - (r - m[f]))] + m[max(0, 1 + (f - m[r]))] (Jolicoeur-Martineau 2018, RaHingeGAN)."""
    return hinge_discriminator(*_relative(real, fake))


def relativistic_hinge_generator(fake: Tensor, real: Tensor) -> Tensor:
    """Return m[max(0, 1 - (f - m[r]))] + m[max(0, 1 + (r - m[f]))]: the roles swapped."""
    return relativistic_hinge_discriminator(real=fake, fake=real)


def _relative(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    return real - fake.mean(), fake - real.mean()


def _needed(real: Tensor | None) -> Tensor:
    if real is None:
        raise ValueError("a relativistic game needs the logits of real pictures, too")
    return real.float()


def _targets(real: Tensor, fake: Tensor, labels: Labels, places: Tensor | None) -> tuple[Tensor, Tensor]:
    """Return the labels of real and of fake logits, smoothed and flipped."""
    ones, zeros = torch.full_like(real, 1 - labels.smoothing), torch.zeros_like(fake)
    if not labels.flip:
        return ones, zeros
    return (
        torch.where(_drawn(real, labels.flip, places), 0.0, ones),
        torch.where(_drawn(fake, labels.flip, places), 1 - labels.smoothing, zeros),
    )


def _drawn(logits: Tensor, probability: float, places: Tensor | None) -> Tensor:
    """Return booleans, true with `probability`: all places of a picture share its label.

    Of logits (N, ...) they are (N, 1, ...), of flat ones as many as there are at `places`.
    """
    pictures = logits if places is None else places
    draws = torch.rand(len(pictures), device=logits.device) < probability
    draws = draws.view(-1, *(1 for _ in pictures.shape[1:]))
    return draws if places is None else draws.expand_as(places)[places]
