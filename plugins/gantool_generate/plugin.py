"""The generate task, as the core finds it. Nothing here imports torch."""

from __future__ import annotations

from collections.abc import Sequence

from gantool.hookspecs import hookimpl
from gantool.task import (
    AnyTask,
    EvaluateSet,
    LoadedWeight,
    Recipe,
    Sample,
    Sampler,
    Task,
    Train,
    TrainInputs,
)
from gantool_generate import evaluate, train_options
from gantool_generate.known import DIGIT_CLASSIFIER
from gantool_generate.options import GenerateOptions, class_names, needed_weights
from gantool_generate.train_options import TrainGenerateOptions


def build_recipe(options: TrainGenerateOptions, inputs: TrainInputs) -> Recipe:
    """Build networks and data for training."""
    from gantool_generate.recipe import GenerateRecipe

    return GenerateRecipe(options, inputs)


def build_sampler(options: GenerateOptions, weights: Sequence[LoadedWeight]) -> Sampler:
    """Build the generator that a weight's card describes."""
    from gantool_generate.sample import GenerateSampler

    return GenerateSampler(options, weights)


@hookimpl
def gantool_task() -> AnyTask:
    """Return the task."""
    return Task(
        name="generate",
        summary="Make images out of noise.",
        train=Train(
            TrainGenerateOptions,
            build_recipe,
            train_options.trainer_settings,
            losses=train_options.losses,
            game=train_options.game,
            own_losses=(train_options.PATH_LENGTH, train_options.SAMENESS),
            paired=False,
            smallest_side=train_options.smallest_side,
        ),
        sample=Sample(GenerateOptions, needed_weights, build_sampler, class_names, comparing=("compare_by",)),
        evaluate=EvaluateSet(evaluate.EvaluateGenerateOptions, evaluate.measure, evaluate.protocol),
        known_weights=(DIGIT_CLASSIFIER,),
    )
