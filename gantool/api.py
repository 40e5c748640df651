"""gantool from Python: `enhance`, `load` and `train`, over the core that the command line uses.

Torch-free to import; each function imports what it needs when it is called.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, overload

from gantool.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

    from gantool.inference.runner import Runner
    from gantool.inference.steps import Step
    from gantool.task import AnyTask, Extra
    from gantool.train.session import TrainResult

    InMemory = TypeVar("InMemory", Image, NDArray[Any])

PathLike = str | os.PathLike[str]

_WRITING = frozenset({"suffix", "quality", "overwrite", "strip_metadata", "max_pixels", "longest"})


@overload
def enhance(picture: PathLike, task: str, *, output: PathLike | None = None, **options: Any) -> Path: ...
@overload
def enhance(picture: InMemory, task: str, **options: Any) -> InMemory: ...
def enhance(picture: Any, task: str, *, output: PathLike | None = None, **options: Any) -> Any:
    """Enhance one picture and return the result in the form it was given in.

    For several pictures `load` is faster: it keeps the network.

    Args:
        picture: a Pillow image; an array (H, W) or (H, W, C), grey or RGB, alpha last, uint8, uint16, or
            floats with 1 as white; or a path. A path's result is written as the command line does (beside it
            as `NAME_TASK`, metadata kept, never over anything), and its path is returned.
        task: a task's name, or several, `FIRST,SECOND`, that run in a row.
        output: file or folder for the result of a path.
        options: what `load` takes; the further pictures the task declares (a mask, a style); and for a path
            `suffix`, `quality`, `longest`, `overwrite`, `strip_metadata` and `max_pixels`.

    Raises:
        GantoolError: whatever is wrong with the picture, the options, the weights or the device, in a line.
    """
    from gantool.inference.runner import Writing

    tasks = _tasks(task)
    extras = {name: options.pop(name) for name in _extra_names(tasks) & set(options)}
    writing = {name: options.pop(name) for name in _WRITING & set(options)}
    if isinstance(picture, str | os.PathLike):
        return load(task, **options).file(picture, output, Writing(**writing), extras)
    if writing or output is not None:
        stray = "output" if output is not None else min(writing)
        raise UsageError(
            f"{stray} is for files, and the picture is in memory", "leave it out, or give a path"
        )
    return load(task, **options)(picture, **extras)


def load(
    task: str,
    *,
    weights: PathLike | Sequence[PathLike] = (),
    device: str = "auto",
    precision: str = "auto",
    tile: int | str = "auto",
    tta: int = 1,
    **options: Any,
) -> Runner:
    """Return a task's network, ready for any number of pictures: call it, or use its `file` and `files`.

    Args:
        task: a task's name, or several, `FIRST,SECOND`, that run in a row.
        weights: ids or files to take in the place of those the options need.
        device: auto, cpu, cuda, cuda:N or mps.
        precision: auto, fp32, bf16 or fp16.
        tile: pixels per side of a tile, 0 for one piece, or auto; the result is the same.
        tta: 1, 2, 4 or 8 turned and mirrored views, of which the result is the mean.
        options: the task's own, as on the command line with `_` for `-`. Of several tasks each takes a
            mapping of its options under its name (with `_` for `-`); its `weights` belong in there.

    Raises:
        UsageError: an unknown task or option, or values that cannot be meant.
        WeightError: a weight is missing, damaged or made for something else.
        DeviceError: the device is not there.
    """
    from gantool.inference.ensemble import check_tta
    from gantool.inference.precision import Precision
    from gantool.inference.result import AUTO_TILE, Settings
    from gantool.inference.runner import open_steps

    if precision not in list(Precision):
        raise UsageError(f"precision={precision!r} is unknown", f"choose {', '.join(Precision)}")
    if tile != "auto" and not (isinstance(tile, int) and tile >= 0):
        raise UsageError(f"tile={tile!r} is no size", "give auto, 0 or a number of pixels")
    steps = _steps(_tasks(task), _listed(weights), options)
    for step in steps:
        step.check_weights()
    side = AUTO_TILE if isinstance(tile, str) else tile
    return open_steps(steps, Settings(device, Precision(precision), side, tta=check_tta(tta)))


def train(
    task: str,
    *,
    data: PathLike,
    val: PathLike | None = None,
    run: PathLike | None = None,
    config: PathLike | None = None,
    losses: Mapping[str, float] | Sequence[str] = (),
    init: PathLike = "",
    device: str = "auto",
    card_data: str = "",
    card_licence: str = "",
    **options: Any,
) -> TrainResult:
    """Train a task's network and return where the run lies and the weight file it exported.

    Args:
        task: a task's name.
        data: pictures: a folder, list, pairs or tar shards.
        val: folder of validation pictures.
        run: the run folder; `runs/TASK-N` by default.
        config: recipe (TOML) under everything given here.
        losses: weights by name, or `NAME=WEIGHT[@START[+RAMP]][/SAMPLES]` as on the command line.
        init: weight id or file that the generator starts from.
        device: auto, cpu, cuda, cuda:N or mps.
        card_data: what the card says of the training data.
        card_licence: the training data's licence, for the card.
        options: the task's, the trainer's (`steps`, `batch`, ...) and the game's (`game`, `r1`, ...).

    Raises:
        UsageError: an unknown task or option, no budget, or values that cannot be meant.
        TrainError: the data or the run folder cannot be used.
    """
    from gantool import plugins
    from gantool.train.describe import Wanted, describe
    from gantool.train.folder import new_run_folder
    from gantool.train.session import train_session

    named = plugins.load(task)
    lines = [f"{name}={weight}" for name, weight in losses.items()] if isinstance(losses, Mapping) else losses
    wanted = Wanted(
        data=Path(data),
        val=None if val is None else Path(val),
        config=None if config is None else Path(config),
        losses=tuple(lines),
        init=os.fspath(init),
        device=device,
        card_data=card_data,
        card_licence=card_licence,
        **_tables(named, options),
    )
    described = describe(named, wanted)
    folder = new_run_folder(None if run is None else Path(run), task)
    return train_session(named, described, folder, resumed=False)


def resume(run: PathLike, **changes: Any) -> TrainResult:
    """Go on with a run that was interrupted, or make one that is done longer.

    Args:
        run: the run folder; everything is taken from it.
        changes: `device`; where files lie now, `data`, `val`, `backbone` and the task's own; or another whole
            budget, `steps` or `max_time`.

    Raises:
        UsageError: an option that a run cannot change.
        TrainError: the folder holds no run, or none of its checkpoints is whole.
    """
    from gantool import plugins
    from gantool.train.folder import read_run
    from gantool.train.resumption import resumed_run
    from gantool.train.session import train_session

    folder = Path(run)
    task = plugins.load(read_run(folder).task_name)
    return train_session(task, resumed_run(task, folder, changes), folder, resumed=True)


def _tables(task: AnyTask, options: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """Sort a run's options by whose they are."""
    from gantool.errors import nearest
    from gantool.keywords import as_text, names_of
    from gantool.train.describe import training_of
    from gantool.train.game import GameSettings
    from gantool.train.settings import Settings

    kinds = {"task": training_of(task).options, "trainer": Settings, "game": GameSettings}
    known = {name for kind in kinds.values() for name in names_of(kind)}
    for name in options:
        if name not in known:
            raise UsageError(f"training {task.name} has no option {name!r}", nearest(name, known))
    return {
        table: as_text(kind, {name: value for name, value in options.items() if name in names_of(kind)})
        for table, kind in kinds.items()
    }


def _tasks(names: str) -> tuple[AnyTask, ...]:
    from gantool import plugins

    split = names.split(",")
    plugins.check_row(names, split)
    return tuple(plugins.load(name) for name in split)


def _steps(tasks: Sequence[AnyTask], weights: Sequence[str], options: Mapping[str, Any]) -> list[Step]:
    if len(tasks) == 1:
        return [_step(tasks[0], weights, options)]
    if weights:
        raise UsageError("weights of several tasks", "give each task's own: TASK=dict(weights=...)")
    under = {task.name.replace("-", "_"): task for task in tasks}
    for name in options:
        if name not in under:
            raise UsageError(f"{name!r} is none of the tasks", f"give TASK=dict(...) for {', '.join(under)}")
    return [_step_of_row(task, dict(options.get(name, {}))) for name, task in under.items()]


def _step_of_row(task: AnyTask, options: dict[str, Any]) -> Step:
    return _step(task, _listed(options.pop("weights", ())), options)


def _step(task: AnyTask, weights: Sequence[str], options: Mapping[str, Any]) -> Step:
    from gantool.inference.steps import Step, enhancing
    from gantool.keywords import options_of

    made = options_of(enhancing(task).options, options, task.name)
    return Step(task, made, frozenset(options), tuple(weights))


def _listed(weights: PathLike | Sequence[PathLike]) -> tuple[str, ...]:
    several = [weights] if isinstance(weights, str | os.PathLike) else weights
    return tuple(os.fspath(item) for item in several)


def _extra_names(tasks: Sequence[AnyTask]) -> set[str]:
    declared: list[Extra] = [extra for task in tasks if task.enhance for extra in task.enhance.extras]
    return {extra.name.replace("-", "_") for extra in declared}
