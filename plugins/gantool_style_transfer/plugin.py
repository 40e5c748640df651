"""The style-transfer task, as the core finds it. Nothing here imports torch."""

from __future__ import annotations

from gantool.hookspecs import hookimpl
from gantool.task import AnyTask, Recipe, Task, Train, TrainInputs
from gantool_style_transfer import train_options
from gantool_style_transfer.train_options import Method, TrainStyleOptions


def build_recipe(options: TrainStyleOptions, inputs: TrainInputs) -> Recipe:
    """Build networks and data for training."""
    from gantool_style_transfer.recipe import CutRecipe
    from gantool_style_transfer.recipe_any import AnyRecipe
    from gantool_style_transfer.recipe_cycle import CycleRecipe

    recipes = {Method.cut: CutRecipe, Method.cycle: CycleRecipe, Method.any: AnyRecipe}
    return recipes[options.method](options, inputs)


@hookimpl
def gantool_task() -> AnyTask:
    """Return the task."""
    return Task(
        name="style-transfer",
        summary="Paint photographs in the manner of a painting.",
        train=Train(
            TrainStyleOptions,
            build_recipe,
            train_options.trainer_settings,
            losses=train_options.losses,
            game=train_options.game,
            own_losses=train_options.OWN_LOSSES,
            paired=False,
            smallest_side=train_options.smallest_side,
        ),
    )
