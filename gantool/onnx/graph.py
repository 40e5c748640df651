"""What of an enhancer goes into an ONNX file, and pictures to try it on."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from gantool.errors import PluginError, UsageError
from gantool.task import Exportable, Graph

if TYPE_CHECKING:
    from gantool.task import Enhancer

IMAGE, OUTPUT = "image", "output"


def graph_of(enhancer: Enhancer) -> Graph:
    """Return what the enhancer says of its network; UsageError where it says nothing."""
    if not isinstance(enhancer, Exportable):
        raise UsageError(
            f"the network of {type(enhancer).__name__} cannot be exported to ONNX",
            "its plugin does not say what goes into it (`graph`); leave --backend torch",
        )
    return enhancer.graph


def network_of(enhancer: Enhancer) -> nn.Module:
    """Return the network that stands alone; PluginError where the graph names none."""
    name = graph_of(enhancer).network
    try:
        return enhancer.module.get_submodule(name)
    except AttributeError:
        raise PluginError(
            f"Graph.network is {name!r}, and the module of {type(enhancer).__name__} has no such part",
            "name one, or none for the module itself",
        ) from None


def replace_network(enhancer: Enhancer, network: nn.Module) -> None:
    """Put another network in the place of the one that stands alone."""
    name = graph_of(enhancer).network
    if name:
        enhancer.module.set_submodule(name, network)
    else:
        enhancer.module = network


def input_names(graph: Graph) -> list[str]:
    """Return the names of all inputs, in their order."""
    return [IMAGE, *(one.name for one in graph.inputs)]


def example(enhancer: Enhancer, batch: int, cells: tuple[int, int], seed: int = 0) -> tuple[Tensor, ...]:
    """Return random inputs in [0, 1] of `cells` (height, width), in units of what sides are multiples of."""
    rng = torch.Generator().manual_seed(seed)
    height, width = (count * enhancer.geometry.multiple_of for count in cells)
    image = torch.rand(batch, enhancer.channels, height, width, generator=rng)
    others = (torch.rand(batch, *one.shape, generator=rng) for one in graph_of(enhancer).inputs)
    return (image, *others)


def fingerprint(network: nn.Module) -> str:
    """Return the sha256 of a network's tensors and their names."""
    digest = hashlib.sha256()
    for name, tensor in sorted(network.state_dict().items()):
        digest.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}\n".encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()
