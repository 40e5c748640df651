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
from gantool.task.evaluate import Case, Evaluate, EvaluateOptions, Metric
from gantool.task.pictures import Box, Geometry, Picture
from gantool.task.sample import Sample, SampleOptions, Sampler
from gantool.task.train import Batch, Export, Judgement, Recipe, Train, TrainInputs, TrainOptions, Validation
from gantool.task.weight import KnownWeight, LoadedWeight

__all__ = [
    "ALPHA",
    "AnyTask",
    "Batch",
    "Box",
    "Case",
    "Enhance",
    "EnhanceOptions",
    "Enhancer",
    "Evaluate",
    "EvaluateOptions",
    "Export",
    "Exportable",
    "Extra",
    "Foreign",
    "Geometry",
    "Graph",
    "GraphInput",
    "Judgement",
    "KnownWeight",
    "LoadedWeight",
    "Metric",
    "Picture",
    "Purpose",
    "Recipe",
    "Sample",
    "SampleOptions",
    "Sampler",
    "SeesAlpha",
    "State",
    "Task",
    "Train",
    "TrainInputs",
    "TrainOptions",
    "Validation",
    "Varied",
]


@dataclass(frozen=True)
class Task(Generic[EnhanceOptions, TrainOptions, SampleOptions, EvaluateOptions]):
    """A task is data, not a base class: a name, and up to four capabilities."""

    name: str
    summary: str
    enhance: Enhance[EnhanceOptions] | None = None
    train: Train[TrainOptions] | None = None
    sample: Sample[SampleOptions] | None = None
    evaluate: Evaluate[EvaluateOptions] | None = None
    known_weights: tuple[KnownWeight, ...] = ()


AnyTask = Task[Any, Any, Any, Any]
