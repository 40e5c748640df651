"""The generator's losses other than the adversarial one, by name, each at its weight of the moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from gantool.errors import PluginError
from gantool.task import Batch, Recipe
from gantool.train.losses.image import make_image_loss
from gantool.train.perceptual import Perceptual, load_perceptual
from gantool.train.terms import ImageLoss, Terms

_Loss = Callable[[Tensor, Tensor], Tensor]


class Criteria:
    """Losses between pictures and a recipe's own, weighted by `terms`.

    A loss whose weight is 0 at a step is not computed.
    """

    def __init__(
        self, terms: Terms, own: tuple[str, ...], device: torch.device, backbone: Path | None
    ) -> None:
        self.terms = terms
        self._own = frozenset(own)
        self._device, self._backbone = device, backbone
        self._loaded: Perceptual | None = None
        names = [name for name in terms if name not in self._own]
        self._between = {name: make_image_loss(ImageLoss(name), self._perceptual) for name in names}
        for name in ("perceptual", "style"):
            if name in self._between:
                self._perceptual()  # a missing backbone is told before the first step

    def __call__(
        self, recipe: Recipe, batch: Batch, fake: Tensor, generator: nn.Module, step: int
    ) -> dict[str, Tensor]:
        """Return the weighted terms of this step."""
        factors = {name: factor for name, term in self.terms.items() if (factor := term.factor(step))}
        own = recipe.own_losses(batch, fake, generator) if self._own & factors.keys() else {}
        terms = {}
        for name, factor in factors.items():
            if name in self._own:
                terms[name] = factor * _found(own, name)
            else:
                part = slice(self.terms[name].samples or None)
                terms[name] = factor * self._between[name](fake[part], recipe.real(batch)[part])
        return terms

    def rests(self, step: int) -> bool:
        """Return whether a loss of the recipe's own is not computed at `step`; it may have parameters."""
        return any(name not in self.terms or not self.terms[name].factor(step) for name in self._own)

    def _perceptual(self) -> Perceptual:
        if self._loaded is None:
            self._loaded = load_perceptual(self._backbone).to(self._device)
        return self._loaded


def _found(own: Mapping[str, Tensor], name: str) -> Tensor:
    if name not in own:
        raise PluginError(f"the recipe declares the loss {name!r} but does not return it")
    return own[name]
