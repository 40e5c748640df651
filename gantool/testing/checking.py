"""`check_task`: every check in its order, on one trial."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

from gantool import plugins
from gantool.errors import GantoolError
from gantool.task import AnyTask, Evaluate, EvaluateSet
from gantool.testing import (
    declared,
    drawing,
    exporting,
    installed,
    measuring,
    misfits,
    running,
    sampling,
    stepping,
)
from gantool.testing.finding import Check, ContractError, Finding
from gantool.testing.pictures import Painter, write_pictures
from gantool.testing.trial import Trial, Wishes

_Look = Callable[[Trial], Iterator[str]]


def check_task(
    task: str | AnyTask,
    *,
    train: Any = None,
    enhance: Any = None,
    evaluate: Any = None,
    sample: Any = None,
    batch: int = 2,
    pictures: Painter = write_pictures,
    backbone: Path | None = None,
    only: Collection[Check] = tuple(Check),
) -> tuple[Check, ...]:
    """Look at everything that the contract asks of a task, on small made-up pictures, on the CPU.

    Nothing is fetched, and nothing is written but to a temporary folder.

    Args:
        task: the name of an installed task, or a Task; of one that is not installed, no help is looked at.
        train: an instance of the task's train options, best a small one; None stands for the defaults.
        enhance: one of its enhance options that takes the weight which `train` exports.
        evaluate: one of its evaluate options that does.
        sample: one of its sample options that does.
        batch: samples of a step.
        pictures: makes a training set; `write_pairs` for a task that learns from pairs.
        backbone: a stored VGG16 for perceptual losses; random numbers stand in for it else.
        only: the checks to make, while one of them is being mended.

    Returns:
        The checks that were made: those of the capabilities the task has. Enhancing with a weight that lies
        only at an address, and that the task does not train, is left out until that is pulled.

    Raises:
        ContractError: the contract is broken; the message has a sentence for each thing to mend. What a
            plugin raises itself is its cause.
        UsageError: no task is called so.
    """
    wishes = Wishes(train, enhance, evaluate, sample, batch, pictures, backbone)
    found = plugins.load(task) if isinstance(task, str) else task
    with tempfile.TemporaryDirectory(prefix="gantool-trial-") as folder:
        trial = Trial(found, wishes, Path(folder))
        made = [(check, look) for check, look in _checks(trial) if check in only]
        findings: list[Finding] = []
        for check, look in made:
            _look_at(trial, check, look, findings)
    if findings:
        raise ContractError(found.name, findings)
    return tuple(check for check, _ in made)


def _checks(trial: Trial) -> list[tuple[Check, _Look]]:
    """Return the checks for what the task offers.

    Enhancing and sampling are tried with a weight that was trained here; those of a task that does not train
    with the installed ones, or with none where they need none.
    """
    task = trial.task
    made: list[tuple[Check, _Look]] = [
        (Check.OPTIONS, lambda trial: declared.options(trial.task)),
        (Check.HELP, lambda trial: installed.light_help(trial.task)),
        (Check.KNOWN_WEIGHTS, lambda trial: declared.known_weights(trial.task)),
    ]
    if task.train:
        made += [
            (Check.SMALLEST_SIDE, drawing.smallest_side),
            (Check.BATCH, drawing.batches),
            (Check.LOSSES, stepping.losses),
            (Check.STEP, stepping.step),
            (Check.TRAINING_REPEATS, stepping.repeats),
            (Check.VALIDATION, exporting.validation),
            (Check.CARD, exporting.card),
            (Check.START, exporting.start),
        ]
    if task.train and task.enhance:
        made.append((Check.ROUND_TRIP, exporting.round_trip))
    if trial.enhances:
        made += [
            (Check.MISFIT, misfits.enhancer),
            (Check.GEOMETRY, running.geometry),
            (Check.TILES, running.tiles),
            (Check.VIEWS, running.views),
            (Check.OUTPUT_REPEATS, running.repeats),
            (Check.GRAPH, running.graph),
        ]
    if isinstance(task.evaluate, Evaluate):
        made.append((Check.EVALUATE, measuring.evaluate))
    if trial.samples:
        made += [(Check.MISFIT, misfits.sampler), (Check.SAMPLE, sampling.sample)]
    if trial.samples and isinstance(task.evaluate, EvaluateSet):
        made.append((Check.EVALUATE, sampling.evaluate_set))
    return made


def _look_at(trial: Trial, check: Check, look: _Look, findings: list[Finding]) -> None:
    """Add what a check finds. What the plugin raises itself ends the trial, and is told behind the rest.

    It often follows from what an earlier check has found, and says less of what is to be mended.
    """
    try:
        findings.extend(Finding(check, sentence) for sentence in look(trial))
    except GantoolError as failure:
        said = f"{failure}{_noted(failure)}"
        raise ContractError(trial.task.name, [*findings, Finding(check, said)]) from failure
    except Exception as failure:  # whatever a third party's code raises
        said = f"{type(failure).__name__}: {failure}{_noted(failure)} (the traceback above says where)"
        raise ContractError(trial.task.name, [*findings, Finding(check, said)]) from failure


def _noted(failure: Exception) -> str:
    """Return what was being tried when a plugin raised, as far as it was noted."""
    return "".join(f", {note}" for note in getattr(failure, "__notes__", ()))
