"""Weights that do not fit their network: users are told in a line, and not by a traceback."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from gantool.errors import GantoolError
from gantool.task import LoadedWeight
from gantool.testing.trial import Trial

_REMEDY = "make the network by gantool.networks.loading.network_of, which refuses such a weight in one line"


def enhancer(trial: Trial) -> Iterator[str]:
    """See that `Enhance.build` refuses weights with a tensor too few, or one of another shape."""
    yield from _takes("Enhance.build", trial.enhance_weights(), trial.enhancer)


def sampler(trial: Trial) -> Iterator[str]:
    """See the same of `Sample.build`."""
    options = trial.sample_options
    yield from _takes(
        "Sample.build", trial.sample_weights(options), lambda given: trial.sampler(options, given)
    )


def _takes(
    name: str, weights: Sequence[LoadedWeight], build: Callable[[list[LoadedWeight]], object]
) -> Iterator[str]:
    """Yield a sentence for the first misfit, in the place of any one weight, that is not refused."""
    for place, weight in enumerate(weights):
        for what, tensors in _misfits(weight.tensors):
            given = [*weights[:place], replace(weight, tensors=tensors), *weights[place + 1 :]]
            try:
                build(given)
            except GantoolError:
                continue
            except Exception as failure:  # whatever a third party's code raises
                yield f"{name} answers a weight {what} by a traceback, {type(failure).__name__}: {_REMEDY}"
            else:
                yield f"{name} takes a weight {what}: {_REMEDY}"
            return


def _misfits(tensors: Mapping[str, Tensor]) -> Iterator[tuple[str, Mapping[str, Tensor]]]:
    """Yield misfits in words and as tensors, of each part, since other code may fill each."""
    names = sorted(tensors, key=lambda name: (tensors[name].dim(), name))
    main = {name.partition(".")[0]: name for name in names if tensors[name].is_floating_point()}
    for name in main.values():
        yield f"without its tensor {name!r}", {key: value for key, value in tensors.items() if key != name}
        larger = torch.zeros([side + 1 for side in tensors[name].shape] or [2])
        yield f"whose tensor {name!r} is of another shape", {**tensors, name: larger}
