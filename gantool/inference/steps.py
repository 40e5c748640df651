"""Tasks in a row, as they are asked for: each with its options, weights and extras. Torch-free."""

from __future__ import annotations

import importlib.util
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gantool.errors import UsageError, WeightError
from gantool.images.formats import ImageFormat
from gantool.inference.extras import check_extras
from gantool.inference.plan import Plan, plan
from gantool.inference.targets import understand_output
from gantool.paths import is_file
from gantool.task import AnyTask, Enhance, Extra


@dataclass(frozen=True)
class Step:
    """One task with an instance of its options.

    `stated` names the options that were given rather than left as they are; `weights` are ids or files in
    the place of those the options need; `extras` has the paths of declared extras by name.
    """

    task: AnyTask
    options: Any
    stated: frozenset[str] = frozenset()
    weights: tuple[str, ...] = ()
    extras: Mapping[str, Path | None] = field(default_factory=dict)

    @property
    def wanted_extras(self) -> tuple[Extra, ...]:
        """The declared extras, as the options want them."""
        return self.capability.extras_of(self.options)

    @property
    def candidates(self) -> int:
        """How many results the options ask for of each picture."""
        return self.capability.candidates(self.options)

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that the options themselves name."""
        return self.capability.files(self.options)

    @property
    def capability(self) -> Enhance[Any]:
        """What the task offers; UsageError where it does not enhance."""
        return enhancing(self.task)

    def needed_weights(self) -> tuple[str, ...]:
        """Return the weights to load, in the order `build` wants them.

        Raises:
            UsageError: Others were given, too many, or too few to tell whose places they take.
        """
        from gantool.weights import store

        return store.choose(self.capability.weights(self.options), self.weights, self.task)

    def weight_files(self) -> tuple[Path, ...]:
        """Return the files of the weights to load; raises as `check_weights`."""
        from gantool.weights import store

        foreign = self.foreign_file()
        if foreign is not None:
            return (foreign,)
        return tuple(store.resolve(wanted, self.task) for wanted in self.needed_weights())

    def foreign_file(self) -> Path | None:
        """Return the file of another project's network in the place of the task's own weights, if any."""
        from gantool.weights import files

        if self.capability.foreign is None or len(self.weights) != 1:
            return None
        path = Path(self.weights[0])
        bare = path.suffix == files.SUFFIX and is_file(path) and not files.has_card(path)
        return path if bare or path.suffix in files.FOREIGN else None

    def check_weights(self) -> None:
        """Find every weight, and see by its card that it is made for the task, before anything costly.

        Raises:
            WeightError: There is no such weight, or it is another task's.
            UsageError: As `needed_weights`, or a stated option chooses another weight than is given.
        """
        from gantool.weights import files, store
        from gantool.weights.needed import check_needed, check_stated

        foreign = self.foreign_file()
        if foreign is not None:
            check_foreign(self, foreign)
            return
        if not self.weights:
            check_needed(self.task, self.capability.weights, self.options)
        for wanted in self.needed_weights():
            path = store.resolve(wanted, self.task)
            card = files.read_card(path)
            if card.task != self.task.name:
                raise WeightError(
                    f"{path} was made for task {card.task!r}, not {self.task.name!r}",
                    "see `gantool weights list`",
                )
            if self.weights:
                check_stated(self.capability.weights, self.options, self.stated, path, card)


def check_foreign(step: Step, path: Path) -> None:
    """Refuse, before torch is imported, what is known to fail of a network of another project.

    Raises:
        WeightError: There is no such file, or the library that knows the architectures is not installed.
        UsageError: An option is stated that such a network does not heed.
    """
    from gantool.weights import files

    files.check_file(path)
    if importlib.util.find_spec("spandrel") is None:
        raise WeightError(
            f"{path} is another project's network, and spandrel, which knows those, is not installed",
            'pip install "gantool[community]"',
        )
    foreign = step.capability.foreign
    stray = sorted(step.stated - {foreign.scale if foreign else ""})
    if stray:
        flag = stray[0].replace("_", "-")
        raise UsageError(
            f"--{flag} is for the task's own weights and means nothing to {path}", "leave it out"
        )


def check_extra_options(step: Step, given: Collection[str]) -> None:
    """Raise UsageError for an option that says how an extra is read, where that extra is not `given`."""
    for extra in step.wanted_extras:
        idle = [name for name in extra.options if getattr(step.options, name)]
        if idle and extra.name not in given:
            flag = idle[0].replace("_", "-")
            raise UsageError(
                f"--{flag} says how --{extra.name} is read, and there is none",
                f"leave it out, or give --{extra.name}",
            )


def enhancing(task: AnyTask) -> Enhance[Any]:
    """Return what a task offers for enhancing.

    Raises:
        UsageError: It offers nothing of the kind.
    """
    if task.enhance is None:
        raise UsageError(f"task {task.name!r} does not enhance pictures", "see `gantool plugins list`")
    return task.enhance


@dataclass(frozen=True)
class Destination:
    """Where results go, as `-o`, `--suffix` and `--format` say, and what may be replaced."""

    output: str | None = None
    suffix: str | None = None
    format: ImageFormat | None = None
    overwrite: bool = False


def plan_steps(
    steps: Sequence[Step], inputs: Sequence[str], destination: Destination, *, recursive: bool = False
) -> Plan:
    """Return what is read and written. A result beside its input is called `NAME_TASK`, all tasks named.

    Raises:
        UsageError: An input or the output is an empty text, which as a path would be the current folder.
        UsageError, ImageError: as `understand_output`, `check_extras`, `check_extra_options` and `plan` do.
    """
    if "" in inputs or destination.output == "":
        empty = "an input" if "" in inputs else "the output"
        raise UsageError(f"{empty} is empty", "say what is meant; . is the current folder")
    output = understand_output(
        destination.output,
        tuple(inputs),
        default_suffix="".join(f"_{step.task.name}" for step in steps),
        suffix=destination.suffix,
        format=destination.format,
    )
    extras = [
        source
        for index, step in enumerate(steps)
        for source in check_extras(step.wanted_extras, step.extras, index)
    ]
    for step in steps:
        check_extra_options(step, [name for name, path in step.extras.items() if path is not None])
    return plan(
        inputs,
        output,
        recursive=recursive,
        overwrite=destination.overwrite,
        extras=extras,
        candidates=candidates_of(steps),
        read=[path for step in steps for path in step.files],
    )


def candidates_of(steps: Sequence[Step]) -> int:
    """Return how many results each picture has.

    Raises:
        UsageError: Several of the tasks in a row ask for more than one.
    """
    several = [step for step in steps if step.candidates > 1]
    if len(several) > 1:
        names = " and ".join(step.task.name for step in several)
        raise UsageError(f"{names} both ask for several results", "let one task of the row have candidates")
    return several[0].candidates if several else 1
