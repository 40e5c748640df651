"""The denoise task, as the core finds it. Nothing here imports torch."""

from __future__ import annotations

from collections.abc import Sequence

from gantool.hookspecs import hookimpl
from gantool.task import (
    AnyTask,
    Enhance,
    Enhancer,
    Evaluate,
    Foreign,
    LoadedWeight,
    Purpose,
    Recipe,
    Task,
    Train,
    TrainInputs,
)
from gantool_denoise import evaluate, train_options
from gantool_denoise.options import DenoiseOptions, needed_weights
from gantool_denoise.train_options import TrainDenoiseOptions


def build_enhancer(options: DenoiseOptions, weights: Sequence[LoadedWeight]) -> Enhancer:
    """Build the generator that a weight's card describes."""
    from gantool_denoise.enhance import DenoiseEnhancer

    return DenoiseEnhancer(options, weights)


def build_recipe(options: TrainDenoiseOptions, inputs: TrainInputs) -> Recipe:
    """Build networks and data for training."""
    from gantool_denoise.recipe import DenoiseRecipe

    return DenoiseRecipe(options, inputs)


@hookimpl
def gantool_task() -> AnyTask:
    """Return the task."""
    return Task(
        name="denoise",
        summary="Take noise and JPEG traces out of pictures.",
        enhance=Enhance(DenoiseOptions, needed_weights, build_enhancer, foreign=Foreign(Purpose.RESTORE)),
        train=Train(
            TrainDenoiseOptions,
            build_recipe,
            train_options.trainer_settings,
            losses=train_options.losses,
            own_losses=train_options.OWN_LOSSES,
            game=train_options.game,
            smallest_side=train_options.smallest_side,
            fitted=("estimator.",),
            judged_alone=False,
        ),
        evaluate=Evaluate(
            evaluate.EvaluateDenoiseOptions, evaluate.cases, evaluate.metrics, evaluate.protocol
        ),
    )
