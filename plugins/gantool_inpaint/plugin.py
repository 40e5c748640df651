"""The inpaint task, as the core finds it. Nothing here imports torch."""

from __future__ import annotations

from gantool.hookspecs import hookimpl
from gantool.task import AnyTask, Recipe, Task, Train, TrainInputs
from gantool_inpaint import train_options
from gantool_inpaint.train_options import TrainInpaintOptions


def build_recipe(options: TrainInpaintOptions, inputs: TrainInputs) -> Recipe:
    """Build networks and data for training."""
    from gantool_inpaint.recipe import InpaintRecipe

    return InpaintRecipe(options, inputs)


@hookimpl
def gantool_task() -> AnyTask:
    """Return the task."""
    return Task(
        name="inpaint",
        summary="Fill holes, scratches and unwanted things in pictures.",
        train=Train(
            TrainInpaintOptions,
            build_recipe,
            train_options.trainer_settings,
            losses=train_options.losses,
            game=train_options.game,
            own_losses=train_options.OWN_LOSSES,
            smallest_side=train_options.smallest_side,
        ),
    )
