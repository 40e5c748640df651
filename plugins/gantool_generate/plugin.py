"""The generate task, as the core finds it. Nothing here imports torch."""

from __future__ import annotations

from gantool.hookspecs import hookimpl
from gantool.task import AnyTask, Recipe, Task, Train, TrainInputs
from gantool_generate import train_options
from gantool_generate.train_options import TrainGenerateOptions


def build_recipe(options: TrainGenerateOptions, inputs: TrainInputs) -> Recipe:
    """Build networks and data for training."""
    from gantool_generate.recipe import GenerateRecipe

    return GenerateRecipe(options, inputs)


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
            own_losses=(train_options.PATH_LENGTH,),
            paired=False,
            smallest_side=train_options.smallest_side,
        ),
    )
