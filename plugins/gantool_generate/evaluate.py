"""What `evaluate generate` measures: distances between sets, neighbours, classes, copies. Torch-free."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from gantool.task import SetInputs, SetReport, Truncatable
from gantool_generate.options import GenerateOptions


@dataclass(frozen=True)
class EvaluateGenerateOptions(GenerateOptions):
    """Options of `evaluate generate`."""

    truncation: Annotated[
        float | None,
        typer.Option(help="Of what is drawn; the weight's own by default.", min=0.0, max=1.0),
    ] = None
    inception: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="torch-fidelity's Inception weights, for FID and KID; never fetched, only looked for.",
        ),
    ] = None


def measure(options: EvaluateGenerateOptions, inputs: SetInputs) -> SetReport:
    """Draw images and compare them with all of the data.

    Raises:
        UsageError: the data are not of the generator's kind, or torchmetrics is missing.
        TrainError: the data cannot be read.
    """
    from gantool_generate.measuring import Measuring

    return Measuring(options, inputs).report()


def protocol(options: EvaluateGenerateOptions, inputs: SetInputs) -> str:
    """Return the protocol in one line."""
    from gantool.metrics.sets import SUBSET, SUBSETS

    own = inputs.sampler.truncation if isinstance(inputs.sampler, Truncatable) else 1.0
    psi = own if options.truncation is None else options.truncation
    return (
        f"{inputs.count} images from seed {inputs.seed}, truncation {psi:g}, against {inputs.data.name}; as "
        "many real ones, evenly taken, for feature distances and neighbours (k = 5), all for copies, and for "
        f"FID and KID where they are measured; kernel distances over {SUBSETS} subsets of "
        f"{min(SUBSET, inputs.count)}"
    )
