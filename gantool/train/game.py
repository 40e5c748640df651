"""The game between generator and discriminator: its loss, regularisers, augmentation. Torch-free."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import typer

from gantool.errors import UsageError

_PANEL = "Adversarial game"


class Game(StrEnum):
    """Adversarial losses; gantool/train/losses/adversarial.py has the equations and papers."""

    minimax = "minimax"
    non_saturating = "non-saturating"
    least_squares = "least-squares"
    hinge = "hinge"
    wasserstein = "wasserstein"
    relativistic = "relativistic"
    relativistic_hinge = "relativistic-hinge"


GAME_TERMS = ("gan", "feature_matching", "d", "r1", "r2", "gradient_penalty")
"""Names of the losses that the game itself can bring, the generator's first."""


class Augment(StrEnum):
    """What the discriminator sees its pictures through."""

    none = "none"
    diff = "diff"
    ada = "ada"


def _option(text: str, low: float = 0.0, high: float | None = None) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(help=text, min=low, max=high, rich_help_panel=_PANEL)
    return option


@dataclass(frozen=True)
class GameSettings:
    """The game's settings; `[game]` in a recipe file. A weight of 0 leaves a regulariser out."""

    game: Annotated[Game, typer.Option(help="Adversarial loss.", rich_help_panel=_PANEL)] = (
        Game.non_saturating
    )
    adversarial: Annotated[float, _option("Weight of the generator's adversarial loss.")] = 1.0
    adversarial_start: Annotated[int, _option("Step at which it comes in.")] = 0
    adversarial_ramp: Annotated[int, _option("Steps over which it grows to its weight.")] = 0
    n_critic: Annotated[int, _option("Discriminator updates for each of the generator.", 1)] = 1
    r1: Annotated[float, _option("Weight (gamma / 2) of the gradient penalty on real pictures.")] = 0.0
    r2: Annotated[float, _option("Weight (gamma / 2) of the gradient penalty on made ones.")] = 0.0
    gradient_penalty: Annotated[float, _option("Weight of WGAN-GP's penalty; 10 in the paper.")] = 0.0
    lazy: Annotated[int, _option("Steps between gradient penalties, whose weight grows as much.", 1)] = 16
    clip_weights: Annotated[float, _option("Largest discriminator weight, 0.01 in WGAN; 0 is no limit.")] = (
        0.0
    )
    feature_matching: Annotated[float, _option("Weight of the distance of discriminator features.")] = 0.0
    spectral_norm: Annotated[
        bool,
        typer.Option(help="Give every discriminator layer spectral norm 1.", rich_help_panel=_PANEL),
    ] = False
    minibatch_std: Annotated[
        int, _option("Pictures of a group whose spread the discriminator sees; 1 is none, 0 its own choice.")
    ] = 0
    label_smoothing: Annotated[float, _option("What is taken from the label of real pictures.", 0, 0.5)] = 0.0
    label_flip: Annotated[
        float, _option("Share of labels that are swapped for the discriminator.", 0, 0.5)
    ] = 0.0
    instance_noise: Annotated[float, _option("Sigma of noise on what it sees; falls to 0 with progress.")] = (
        0.0
    )
    augment: Annotated[
        Augment,
        typer.Option(help="Show it pictures through DiffAugment or ADA.", rich_help_panel=_PANEL),
    ] = Augment.none
    ada_target: Annotated[float, _option("ADA: the overfitting r_t it aims at.", 0, 1)] = 0.6
    ada_speed: Annotated[float, _option("ADA: thousands of pictures from probability 0 to 1.", 1e-3)] = 500.0

    def __post_init__(self) -> None:
        """Refuse contradictions before the first step."""
        critic = self.game is Game.wasserstein
        bound = self.gradient_penalty or self.spectral_norm
        if self.clip_weights and bound:
            other = "--gradient-penalty" if self.gradient_penalty else "--spectral-norm"
            raise UsageError(
                f"--clip-weights and {other} both bound the critic's slope", "choose one of them"
            )
        if critic and not (self.clip_weights or bound):
            raise UsageError(
                "--game wasserstein needs a critic of bounded slope",
                "add --gradient-penalty 10 --lazy 1, --clip-weights 0.01 or --spectral-norm",
            )
        changed = {"--label-smoothing": self.label_smoothing, "--label-flip": self.label_flip}
        if any(changed.values()) and not self.has_labels:
            # They may be the task's own, or a recipe's: to leave them out would not help.
            without = " ".join(f"{flag} 0" for flag, value in changed.items() if value)
            raise UsageError(
                f"--game {self.game.value} has no labels to smooth or flip",
                f"use minimax, non-saturating or least-squares, or add {without}",
            )
        if self.augment is Augment.ada and self.border is None:
            raise UsageError(
                f"--game {self.game.value} has no border between real and made, which --augment ada goes by",
                "use minimax, non-saturating, least-squares or hinge, or --augment diff",
            )

    @property
    def has_labels(self) -> bool:
        """Return whether the discriminator's loss compares logits with labels."""
        return self.game in (Game.minimax, Game.non_saturating, Game.least_squares)

    @property
    def has_slopes(self) -> bool:
        """Return whether a penalty looks at the discriminator's gradient, which is then derived once more."""
        return bool(self.r1 or self.r2 or self.gradient_penalty)

    @property
    def border(self) -> float | None:
        """Return the logit of a discriminator that cannot tell; None where only differences count."""
        if self.has_labels or self.game is Game.hinge:
            return 0.5 if self.game is Game.least_squares else 0.0
        return None

    @property
    def term_names(self) -> tuple[str, ...]:
        """Return the names of the losses that this game has at one step or another."""
        weights = (self.adversarial, self.feature_matching, 1.0, self.r1, self.r2, self.gradient_penalty)
        return tuple(name for name, weight in zip(GAME_TERMS, weights, strict=True) if weight)

    @property
    def is_relative(self) -> bool:
        """Return whether the generator's loss looks at real pictures, too."""
        return self.game in (Game.relativistic, Game.relativistic_hinge)
