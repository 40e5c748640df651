"""The superres task, as the core finds it. Nothing here imports torch."""

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
from gantool_superres import evaluate, train_options
from gantool_superres.options import SuperResOptions, needed_weights
from gantool_superres.train_options import TrainSuperResOptions


def build_enhancer(options: SuperResOptions, weights: Sequence[LoadedWeight]) -> Enhancer:
    """Build the generator that a weight's card describes."""
    from gantool_superres.enhance import SuperResEnhancer

    return SuperResEnhancer(options, weights)


def build_recipe(options: TrainSuperResOptions, inputs: TrainInputs) -> Recipe:
    """Build networks and data for training."""
    from gantool_superres.recipe import SuperResRecipe

    return SuperResRecipe(options, inputs)


@hookimpl
def gantool_task() -> AnyTask:
    """Return the task."""
    return Task(
        name="superres",
        summary="Make pictures 2, 3 or 4 times larger.",
        also_called=("upscale", "enlarge"),
        enhance=Enhance(
            SuperResOptions,
            needed_weights,
            build_enhancer,
            foreign=Foreign(Purpose.ENLARGE, scale="scale"),
        ),
        train=Train(
            TrainSuperResOptions,
            build_recipe,
            train_options.trainer_settings,
            losses=train_options.losses,
            own_losses=train_options.OWN_LOSSES,
            game=train_options.game,
            smallest_side=train_options.smallest_side,
        ),
        evaluate=Evaluate(
            evaluate.EvaluateSuperResOptions, evaluate.cases, evaluate.metrics, evaluate.protocol
        ),
    )
