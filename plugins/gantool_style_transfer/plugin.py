"""The style-transfer task, as the core finds it. Nothing here imports torch."""

from __future__ import annotations

from collections.abc import Sequence

from gantool.hookspecs import hookimpl
from gantool.task import AnyTask, Enhance, Enhancer, Evaluate, LoadedWeight, Recipe, Task, Train, TrainInputs
from gantool_style_transfer import evaluate, train_options
from gantool_style_transfer.options import StyleOptions, files, needed_weights
from gantool_style_transfer.train_options import Method, TrainStyleOptions


def build_enhancer(options: StyleOptions, weights: Sequence[LoadedWeight]) -> Enhancer:
    """Build the generator that a weight's card describes."""
    from gantool_style_transfer.enhance import StyleEnhancer

    return StyleEnhancer(options, weights)


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
        enhance=Enhance(StyleOptions, needed_weights, build_enhancer, files=files),
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
        evaluate=Evaluate(evaluate.EvaluateStyleOptions, evaluate.cases, evaluate.metrics, evaluate.protocol),
    )
