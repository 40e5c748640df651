"""How fast the layers of a step could be: each at the machine's matrix rate or its memory's.

Each takes what the slower of the two allows. Only operations that multiply matrices are counted
(convolutions, products, and their gradients): what lies between them could be fused away, so that the sum is
a bound from below.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import flop_registry


@dataclass(frozen=True)
class Layer:
    """One operation: its floating-point operations, and the bytes it must read and write."""

    flops: int
    bytes: int


class Layers(TorchDispatchMode):
    """Notes the layers of everything that runs inside the context, backward passes too."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Layer] = []

    def __torch_dispatch__(
        self,
        func: Any,
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Run the operation and note it."""
        given = dict(kwargs or {})
        result = func(*args, **given)
        count = flop_registry.get(func._overloadpacket)
        if count is not None:
            touched = [leaf for leaf in tree_leaves((args, given, result)) if isinstance(leaf, Tensor)]
            size = sum(tensor.numel() * tensor.element_size() for tensor in touched)
            self.found.append(Layer(count(*args, **given, out_val=result), size))
        return result


def layers_of(step: Callable[[], object]) -> list[Layer]:
    """Return the layers of one step."""
    with Layers() as mode:
        step()
    return mode.found


def bound(layers: Sequence[Layer], gflops: float, gigabytes: float) -> float:
    """Return the least seconds for `layers` at a rate in GFLOP/s and a bandwidth in GB/s."""
    return sum(max(layer.flops / gflops, layer.bytes / gigabytes) for layer in layers) / 1e9


def bandwidth(device: torch.device, mebibytes: int = 256) -> float:
    """Return GB/s of copying within the device's memory, reading and writing counted; the best of five."""
    source = torch.empty(mebibytes << 20, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    best = 0.0
    for _ in range(5):
        _wait(device)
        started = time.perf_counter()
        target.copy_(source)
        _wait(device)
        best = max(best, 2 * source.numel() / (time.perf_counter() - started) / 1e9)
    return best


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()
