"""The colorize task, as gantool finds it. Nothing here imports torch."""

from __future__ import annotations

from collections.abc import Sequence

from gantool.hookspecs import hookimpl
from gantool.task import (
    AnyTask,
    Enhance,
    Enhancer,
    Evaluate,
    KnownWeight,
    LoadedWeight,
    Recipe,
    Task,
    Train,
    TrainInputs,
)

from gantool_colorize import evaluate, options
from gantool_colorize.options import WEIGHT, ColorizeOptions, TrainColorizeOptions

SHIPPED = KnownWeight(
    id=WEIGHT,
    summary="colours for grey photographs",
    licence="Apache-2.0",
    path=f"weights/{WEIGHT}.safetensors",
    sha256="67007e8bce202d51d9d2cc055c09ac705bfac2909aa9d0dd9aa99e42acf7e18f",
)


def build_enhancer(chosen: ColorizeOptions, weights: Sequence[LoadedWeight]) -> Enhancer:
    """Build the generator that a weight's card describes."""
    from gantool_colorize.enhance import ColorizeEnhancer

    return ColorizeEnhancer(chosen, weights)


def build_recipe(chosen: TrainColorizeOptions, inputs: TrainInputs) -> Recipe:
    """Build networks and data for training."""
    from gantool_colorize.recipe import ColorizeRecipe

    return ColorizeRecipe(chosen, inputs)


@hookimpl
def gantool_task() -> AnyTask:
    """Return the task."""
    return Task(
        name="colorize",
        summary="Colour grey photographs.",
        enhance=Enhance(ColorizeOptions, options.needed_weights, build_enhancer),
        train=Train(
            TrainColorizeOptions,
            build_recipe,
            options.trainer_settings,
            losses=options.losses,
            game=options.game,
            own_losses=("chroma",),
            smallest_side=options.smallest_side,
        ),
        evaluate=Evaluate(ColorizeOptions, evaluate.cases, evaluate.metrics, evaluate.protocol),
        known_weights=(SHIPPED,),
    )
