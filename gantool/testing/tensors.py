"""Looking for tensors in what a plugin made, and comparing them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import torch
from torch import Tensor


def tensors_in(value: Any) -> list[Tensor]:
    """Return the tensors of a dataclass, mapping or sequence, at any depth, in order."""
    if isinstance(value, Tensor):
        return [value]
    if is_dataclass(value):
        return [found for field in fields(value) for found in tensors_in(getattr(value, field.name))]
    if isinstance(value, Mapping):
        return [found for item in value.values() for found in tensors_in(item)]
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [found for item in value for found in tensors_in(item)]
    return []


def same(first: Any, second: Any) -> bool:
    """Return whether two values hold equal tensors, bit for bit."""
    one, two = tensors_in(first), tensors_in(second)
    return len(one) == len(two) and all(torch.equal(a, b) for a, b in zip(one, two, strict=True))


def shape(value: Tensor) -> str:
    """Return the shape for people."""
    return " x ".join(map(str, value.shape))


def finite(value: Tensor) -> bool:
    """Return whether all of it is."""
    return bool(torch.isfinite(value.detach().float()).all())
