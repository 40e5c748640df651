"""Training pictures whole and in memory: IDX files as MNIST ships, folders, folders of classes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class LabelledImages:
    """Pictures (N, C, H, W) uint8, their classes (N,) int64 or None, and the classes' names."""

    images: Tensor
    labels: Tensor | None
    class_names: tuple[str, ...] = ()
