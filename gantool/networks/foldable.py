"""Networks that are trained with surplus parameters and exported without them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, Self

import torch
from torch import Tensor, nn

from gantool.networks.config import Config
from gantool.networks.overparameterised import OverParameterised, fold_all
from gantool.networks.residual import ResidualBlock


class Foldable(nn.Module, Generic[Config]):
    """A network of over-parameterised convolutions while it is trained, of plain ones when it is used.

    A subclass is made by `(config, training=False)`; its layers have the same names either way.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config

    @torch.no_grad()
    def fold(self) -> Self:
        """Return the plain network that computes the same, for export."""
        plain = type(self)(self.config)
        fold_all(self, plain)
        return plain

    @torch.no_grad()
    def unfold(self, tensors: Mapping[str, Tensor]) -> tuple[str, ...]:
        """Take over an exported network's layers of equal shape; return the names of those that found none.

        Residual blocks beyond the given ones start as identities, so that a deeper network begins
        where a shallower one ended (Net2Net, Chen et al. 2016).
        """
        ends = {block.second for block in self.modules() if isinstance(block, ResidualBlock)}
        unmatched = []
        for name, layer in self.named_modules():
            shapes = _plain_shapes(layer)
            places = {key: f"{name}.{key}" if name else key for key in shapes}
            if all(place in tensors and tensors[place].shape == shapes[key] for key, place in places.items()):
                _set(layer, {key: tensors[place] for key, place in places.items()})
                continue
            unmatched.append(name)
            if layer in ends:
                _set(layer, {key: torch.zeros(shape) for key, shape in shapes.items()})
        return tuple(unmatched)


def _plain_shapes(layer: nn.Module) -> dict[str, torch.Size]:
    """Return the shapes of a layer's own tensors, once it is folded."""
    if isinstance(layer, OverParameterised):
        return {"weight": torch.Size((*layer.shortcut.shape, 3, 3)), "bias": layer.bias.shape}
    return {key: tensor.shape for key, tensor in layer.state_dict().items() if "." not in key}


def _set(layer: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    if isinstance(layer, OverParameterised):
        layer.unfold(tensors["weight"], tensors["bias"])
        return
    own = layer.state_dict()  # views: what is written there is the layer's
    for key, tensor in tensors.items():
        own[key].copy_(tensor)
