"""The generators as they are trained: with what only training needs beside them."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from gantool_style_transfer.grain import PERIOD
from gantool_style_transfer.networks import Generator, StyleConfig
from gantool_style_transfer.patch_nce import PatchHeads, draw_places, patch_nce


class Learner(nn.Module):
    """A generator and the heads through which PatchNCE compares its features."""

    def __init__(self, config: StyleConfig) -> None:
        super().__init__()
        self.painter = Generator(config)
        self.heads = PatchHeads((config.width,) * 3)

    def forward(self, photo: Tensor, paintings: Tensor | None = None) -> Tensor:
        """Paint (N, 3, H, W); any style is taken from (G, 3, h, w), each for N / G pictures in a row."""
        code = self.codes(len(photo), paintings)
        painted: Tensor = self.painter(photo, code, origin=_somewhere(self.training))
        return painted

    def codes(self, count: int, paintings: Tensor | None) -> Tensor | None:
        """Return the code of each of `count` pictures, None for one style."""
        if paintings is None or not self.painter.config.any_style:
            return None
        return self.painter.encode(paintings).repeat_interleave(count // len(paintings), 0)

    def nce(self, made: Tensor, source: Tensor, code: Tensor | None = None) -> Tensor:
        """Return PatchNCE of what was made (N, 3, H, W) from a source, in the painter's own features."""
        queries, keys = self.painter.features(made, code), self.painter.features(source, code)
        places = draw_places(keys)
        return patch_nce(self.heads(queries, places), self.heads(keys, places))


def as_learner(generator: nn.Module) -> Learner:
    """Return the trainer's generator as the network that the recipe gave it."""
    assert isinstance(generator, Learner)  # noqa: S101 - the trainer hands back our own network
    return generator


def _somewhere(training: bool) -> tuple[int, int]:
    """Draw where on the plane a batch lies, so that no noise is learned by heart."""
    if not training:
        return 0, 0
    x, y = (2 * torch.randint(PERIOD, (2,))).tolist()
    return x, y


class Pair(nn.Module):
    """CycleGAN's two generators: photographs to paintings, and back."""

    def __init__(self, config: StyleConfig) -> None:
        super().__init__()
        self.painter = Generator(config)
        self.back = Generator(config)

    def forward(self, photo: Tensor, painting: Tensor) -> Tensor:
        """Return the painted photographs and then, in one batch, the photographed paintings."""
        return torch.cat((self.painter(photo, origin=_somewhere(self.training)), self.back(painting)))


class PairOfJudges(nn.Module):
    """CycleGAN's two discriminators: of paintings, and of photographs."""

    def __init__(self, painting: nn.Module, photo: nn.Module) -> None:
        super().__init__()
        self.painting, self.photo = painting, photo

    def forward(self, images: Tensor) -> Tensor:
        """Judge a batch whose first half should be paintings, the second photographs."""
        first, second = images.chunk(2)
        return torch.cat((self.painting(first), self.photo(second)))


@torch.no_grad()
def take_over(network: nn.Module, tensors: Mapping[str, Tensor]) -> tuple[str, ...]:
    """Copy tensors of matching name and shape; return the names of the layers that found none."""
    own = network.state_dict()
    missing = []
    for name, tensor in own.items():
        if name in tensors and tensors[name].shape == tensor.shape:
            tensor.copy_(tensors[name])
        else:
            missing.append(name.rpartition(".")[0])
    return tuple(dict.fromkeys(missing))
