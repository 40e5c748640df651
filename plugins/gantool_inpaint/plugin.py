"""The inpaint task, as the core finds it. Nothing here imports torch."""

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
from gantool_inpaint import evaluate, train_options
from gantool_inpaint.options import MASK, InpaintOptions, candidates, extras_for, needed_weights
from gantool_inpaint.train_options import TrainInpaintOptions


def build_enhancer(options: InpaintOptions, weights: Sequence[LoadedWeight]) -> Enhancer:
    """Build the generator that a weight's card describes."""
    from gantool_inpaint.enhance import InpaintEnhancer

    return InpaintEnhancer.from_weights(options, weights)


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
        also_called=("restore", "remove"),
        enhance=Enhance(
            InpaintOptions,
            needed_weights,
            build_enhancer,
            extras=(MASK,),
            foreign=Foreign(Purpose.FILL, mask=MASK.name),
            extras_for=extras_for,
            candidates=candidates,
        ),
        train=Train(
            TrainInpaintOptions,
            build_recipe,
            train_options.trainer_settings,
            losses=train_options.losses,
            game=train_options.game,
            own_losses=train_options.OWN_LOSSES,
            smallest_side=train_options.smallest_side,
            judged_alone=False,
        ),
        evaluate=Evaluate(
            evaluate.EvaluateInpaintOptions,
            evaluate.cases,
            evaluate.metrics,
            evaluate.protocol,
            way=evaluate.way,
        ),
    )
