"""Muon: momentum whose every matrix is made orthogonal before it is applied (Jordan et al. 2024).

An update of Adam is mostly of a few directions; one of Muon is as strong in each. The method is for the
kernels of hidden layers. Biases, norms and the layers that meet pictures are the business of Adam.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

LEAST = 16
"""Input and output channels from which on a layer counts as hidden."""

SHARE = 0.2
"""Root mean square of an update at a rate of 1: about Adam's, so one rate suits both (Liu et al. 2025)."""

_QUINTIC = (3.4445, -4.7750, 2.0315)


def split(network: nn.Module) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """Return the parameters for Muon, then those for Adam."""
    kernels: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    # An embedding is looked up, not multiplied by: a class that was not drawn has no gradient to share.
    looked_up = {id(layer.weight) for layer in network.modules() if isinstance(layer, nn.Embedding)}
    for parameter in network.parameters():
        matrix = parameter.ndim >= 2 and min(parameter.shape[:2]) >= LEAST
        hidden = matrix and id(parameter) not in looked_up
        (kernels if hidden else others).append(parameter)
    return kernels, others


def orthogonal(matrices: Tensor, iterations: int = 5) -> Tensor:
    """Return (..., rows, columns) with the singular values of each matrix brought to about 1 (0.7 to 1.2).

    Newton-Schulz iterations of fifth degree, which need products alone; what is smaller than a few
    hundredths of a matrix's norm stays smaller. Each iteration multiplies by a polynomial of X X^T, so
    that all but the first and the last product are of the shorter side's square.
    """
    tall = matrices.shape[-2] > matrices.shape[-1]
    wide: Tensor = matrices.mT if tall else matrices
    wide = wide / wide.norm(dim=(-2, -1), keepdim=True).clamp_min(1e-12)
    gram = wide @ wide.mT
    one = torch.eye(gram.shape[-1], dtype=gram.dtype, device=gram.device)
    first, third, fifth = _QUINTIC
    product = one
    for _ in range(iterations):
        factor = first * one + third * gram + fifth * gram @ gram
        product = factor @ product
        gram = factor @ gram @ factor
    wide = product @ wide
    return wide.mT if tall else wide


class Muon(Optimizer):
    """Muon with Nesterov momentum, for parameters of two dimensions and more: (outputs, inputs, ...).

    Computed in float32 throughout: where a CPU has no bf16 arithmetic, bf16 is the slower one.
    """

    def __init__(self, parameters: Iterable[Tensor], lr: float, momentum: float = 0.95) -> None:
        super().__init__(parameters, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Move every parameter that has a gradient."""
        for group in self.param_groups:
            alike: dict[torch.Size, list[Tensor]] = {}
            for parameter in group["params"]:
                if parameter.grad is not None:
                    alike.setdefault(parameter.shape, []).append(parameter)
            for parameters in alike.values():
                self._move(parameters, group["lr"], group["momentum"])

    def _move(self, parameters: list[Tensor], rate: float, momentum: float) -> None:
        """Move parameters of one shape, whose matrices are multiplied as one stack."""
        matrices = torch.stack([self._direction(parameter, momentum).flatten(1) for parameter in parameters])
        # The root mean square of an orthogonal matrix is 1 / sqrt(its longer side).
        scale = SHARE * max(matrices.shape[1:]) ** 0.5
        for parameter, matrix in zip(parameters, orthogonal(matrices), strict=True):
            parameter.add_(matrix.reshape(parameter.shape), alpha=-rate * scale)

    def _direction(self, parameter: Tensor, momentum: float) -> Tensor:
        assert parameter.grad is not None  # noqa: S101 - the caller has looked
        state = self.state[parameter]
        if not state:
            state["momentum"] = torch.zeros_like(parameter)
        kept: Tensor = state["momentum"].mul_(momentum).add_(parameter.grad)
        return parameter.grad.add(kept, alpha=momentum)
