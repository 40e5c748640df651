"""PatchNCE: a place of the result is known by its own place of the photograph (CUT, Park et al. 2020)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

TEMPERATURE = 0.07
PLACES = 64
"""Places that are compared, of each layer and sample; the paper's 256 at 256 pixels."""


class PatchHeads(nn.Module):
    """A perceptron for each compared layer, to vectors of length one."""

    def __init__(self, channels: Sequence[int], width: int = 64) -> None:
        super().__init__()
        self.heads = nn.ModuleList(
            nn.Sequential(nn.Linear(inputs, width), nn.ReLU(), nn.Linear(width, width)) for inputs in channels
        )

    def forward(self, layers: Sequence[Tensor], places: Sequence[Tensor]) -> list[Tensor]:
        """Map features (N, C, H, W) at places (P,) of the flattened sides to (N, P, width)."""
        chosen = (
            layer.flatten(2)[:, :, at].transpose(1, 2) for layer, at in zip(layers, places, strict=True)
        )
        mapped = (head(found) for head, found in zip(self.heads, chosen, strict=True))
        return [functional.normalize(found.float(), dim=2) for found in mapped]


def draw_places(layers: Sequence[Tensor], count: int = PLACES) -> list[Tensor]:
    """Draw places for each layer from torch's global generator, without repetition."""
    sizes = [layer.shape[2] * layer.shape[3] for layer in layers]
    return [
        torch.randperm(size, device=layer.device)[:count] for size, layer in zip(sizes, layers, strict=True)
    ]


def patch_nce(queries: Sequence[Tensor], keys: Sequence[Tensor]) -> Tensor:
    """Return the mean cross-entropy of finding each query's own key among its sample's, a float32 scalar.

    Args:
        queries: (N, P, width) of length one for each layer, of what was made.
        keys: the same shapes, of what it was made from; the gradient does not reach them.
    """
    found = []
    for query, key in zip(queries, keys, strict=True):
        logits = query @ key.detach().transpose(1, 2) / TEMPERATURE
        right = torch.arange(logits.shape[1], device=logits.device).expand(len(logits), -1)
        found.append(functional.cross_entropy(logits.flatten(0, 1), right.flatten()))
    return torch.stack(found).mean()
