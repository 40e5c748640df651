"""The contract between the core and a task plugin. Torch-free: `--help` imports this and no more.

Tensors are float32, RGB or grey, shape (N, C, H, W), values in [0, 1], unless said otherwise.
Options are frozen dataclasses whose fields are `Annotated[type, typer.Option(...)]` with a default.
A task has up to four capabilities; each stands in a file of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic

from gantool.task.enhance import (
    ALPHA,
    Enhance,
    EnhanceOptions,
    Enhancer,
    Exportable,
    Extra,
    Foreign,
    Graph,
    GraphInput,
    Purpose,
    SeesAlpha,
    State,
    Varied,
)
from gantool.task.evaluate import (
    Case,
    Evaluate,
    EvaluateOptions,
    EvaluateSet,
    Metric,
    SetFigure,
    SetInputs,
    SetReport,
)
from gantool.task.pictures import Box, Geometry, Picture
from gantool.task.sample import (
    Comparable,
    Conditional,
    Factorisable,
    Features,
    Interpolable,
    Labelled,
    Sample,
    SampleOptions,
    Sampler,
    Truncatable,
)
from gantool.task.train import (
    Batch,
    Export,
    Judgement,
    Outlined,
    Recipe,
    Train,
    TrainInputs,
    TrainOptions,
    Validation,
)
from gantool.task.weight import KnownWeight, LoadedWeight

__all__ = [
    "ALPHA",
    "AnyTask",
    "Batch",
    "Box",
    "Case",
    "Comparable",
    "Conditional",
    "Enhance",
    "EnhanceOptions",
    "Enhancer",
    "Evaluate",
    "EvaluateOptions",
    "EvaluateSet",
    "Export",
    "Exportable",
    "Extra",
    "Factorisable",
    "Features",
    "Foreign",
    "Geometry",
    "Graph",
    "GraphInput",
    "Interpolable",
    "Judgement",
    "KnownWeight",
    "Labelled",
    "LoadedWeight",
    "Metric",
    "Outlined",
    "Picture",
    "Purpose",
    "Recipe",
    "Sample",
    "SampleOptions",
    "Sampler",
    "SeesAlpha",
    "SetFigure",
    "SetInputs",
    "SetReport",
    "State",
    "Task",
    "Train",
    "TrainInputs",
    "TrainOptions",
    "Truncatable",
    "Validation",
    "Varied",
]


@dataclass(frozen=True)
class Task(Generic[EnhanceOptions, TrainOptions, SampleOptions, EvaluateOptions]):
    """A task is data, not a base class: a name, and up to four capabilities.

    `also_called` are other words for it: whoever types one is told the name.
    """

    name: str
    summary: str
    enhance: Enhance[EnhanceOptions] | None = None
    train: Train[TrainOptions] | None = None
    sample: Sample[SampleOptions] | None = None
    evaluate: Evaluate[EvaluateOptions] | EvaluateSet[EvaluateOptions] | None = None
    known_weights: tuple[KnownWeight, ...] = ()
    also_called: tuple[str, ...] = ()


AnyTask = Task[Any, Any, Any, Any]
