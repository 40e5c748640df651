"""A weight's tensors into the network that its card describes; what does not fit is refused in a line."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn.modules import module as registration

from gantool.errors import WeightError
from gantool.networks.config import brief, refused
from gantool.task import LoadedWeight

Network = TypeVar("Network", bound=nn.Module)

_PARTS = 16
_FEW = 1000
"""How many layers and parameters a network may have: 16 for each tensor of the file, and these."""


def network_of(weight: LoadedWeight, build: Callable[[], Network]) -> Network:
    """Return the network that `build` makes, with the weight's tensors.

    `build` is called twice: first on torch's meta device, where tensors have shapes and no content, so that a
    network that is not the file's is found out before there is memory for it. It must not read values of the
    tensors that it makes, and any failure of it then is the configuration's.

    Raises:
        WeightError: no network can be built from the configuration, or the file's tensors are not those of
            the network.
    """
    if misfit := next(_misfits(weight, _outline(weight, build)), ""):
        raise WeightError(f"{weight.path} does not hold the network its card describes: {misfit}", _REMEDY)
    network = build()
    network.load_state_dict(dict(weight.tensors))
    return network


def strangers(tensors: Mapping[str, Tensor], network: nn.Module) -> tuple[str, ...]:
    """Return the layers that tensors belong to and a network does not have, such as a larger one's blocks.

    A tensor that belongs to no layer goes by its own name.
    """
    own = {name for name, _ in network.named_modules()} | network.state_dict().keys()
    layers = dict.fromkeys(name.rpartition(".")[0] or name for name in tensors)
    return tuple(name for name in layers if name not in own)


def _outline(weight: LoadedWeight, build: Callable[[], nn.Module]) -> nn.Module:
    """Return the network without its content."""
    try:
        with _at_most(_PARTS * len(weight.tensors) + _FEW), torch.device("meta"):
            return build()
    except WeightError:
        raise
    except Exception as failure:
        why = str(failure).partition("\n")[0] or type(failure).__name__
        raise refused(weight, f"describes no network ({brief(why, quoted=False)})") from failure


@contextmanager
def _at_most(parts: int) -> Iterator[None]:
    """Refuse a network of more parts, or empty ones: without content, too, ten million fill the memory."""
    thread, found = threading.get_ident(), 0

    def count(owner: nn.Module, name: str, part: object) -> None:
        nonlocal found
        if threading.get_ident() != thread:  # what is registered in others is none of this network's
            return
        found += 1
        if found > parts:
            raise ValueError("it has far more layers than the file has tensors")
        if isinstance(part, nn.Parameter) and not part.numel():  # no picture goes through no channels
            raise ValueError("a layer of it is empty")

    hooks = (
        registration.register_module_parameter_registration_hook(count),
        registration.register_module_module_registration_hook(count),
    )
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _misfits(weight: LoadedWeight, outline: nn.Module) -> Iterator[str]:
    """Yield in what the file's tensors are not the network's, the plainest first."""
    wanted, given = outline.state_dict(), weight.tensors
    for name in wanted:
        if name not in given:
            yield f"tensor {brief(name)} is missing"
    for name in given:
        if name not in wanted:
            yield f"tensor {brief(name)} belongs to no layer"
    for name, tensor in wanted.items():
        if given[name].shape != tensor.shape:
            shapes = (brief(tuple(one.shape), quoted=False) for one in (given[name], tensor))
            yield f"tensor {brief(name)} is of shape {' in place of '.join(shapes)}"
        elif given[name].is_floating_point() != tensor.is_floating_point():
            kinds = (str(one.dtype).removeprefix("torch.") for one in (given[name], tensor))
            yield f"tensor {brief(name)} is of {' in place of '.join(kinds)}"


_REMEDY = "export the weight again"
