"""The evaluation's cases and metrics."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import islice

import torch

from gantool.evaluation import score_case, whole
from gantool.inference.engine import Engine
from gantool.inference.precision import Precision
from gantool.inference.result import Settings
from gantool.task import Evaluate
from gantool.testing.pictures import write_pictures
from gantool.testing.trial import LEAST_SIDE, Trial

CASES = 2


def evaluate(trial: Trial) -> Iterator[str]:
    """See that cases repeat and that metrics are numbers."""
    capability = trial.task.evaluate
    assert isinstance(capability, Evaluate)  # noqa: S101 - this check runs for tasks that have it
    options = capability.options() if trial.wishes.evaluate is None else trial.wishes.evaluate
    folder = trial.folder / "clean"
    write_pictures(folder, LEAST_SIDE)
    first, second = (list(islice(capability.cases(options, folder), CASES)) for _ in range(2))
    if not first:
        yield "Evaluate.cases makes no case of a folder of pictures"
        return
    pairs = zip(first, second, strict=True)
    if not all(torch.equal(whole(one.degraded), whole(two.degraded)) for one, two in pairs):
        yield "Evaluate.cases makes other cases each time: seed what is random in them"
    if not capability.protocol(options).strip() or "\n" in capability.protocol(options):
        yield "Evaluate.protocol must be one line that says how the figures were measured"
    if not trial.enhances:
        return
    engine = Engine(trial.enhancer(), Settings("cpu", Precision.FP32))
    metrics = capability.metrics(options)
    for case in first:
        score = score_case(engine, case, metrics, round_to_8_bit=capability.round_to_8_bit)
        for name, value in score.figures.items():
            if math.isnan(value):
                yield f"the metric {name!r} is not a number on {case.name}"
