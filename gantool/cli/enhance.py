"""`gantool enhance TASK INPUTS`: planned before torch is imported, then run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gantool.cli.enhance_flags import OutputFlags, RunFlags, extra_flags
from gantool.cli.enhance_report import ReportBook
from gantool.cli.enhance_text import Voice, summary
from gantool.cli.options import with_options
from gantool.errors import EXIT_FAILED, EXIT_INTERRUPTED, UsageError
from gantool.inference.device import check_device_name
from gantool.inference.extras import check_extras
from gantool.inference.outcome import Outcome, Status, without_work
from gantool.inference.plan import Intent, Plan, plan
from gantool.inference.result import Settings
from gantool.inference.targets import understand_output
from gantool.task import AnyTask, Enhance

if TYPE_CHECKING:
    from gantool.inference.engine import Engine


def build_command(task: AnyTask) -> Callable[..., None]:
    """Return the command that enhances pictures with `task`, with the task's own options and extras."""
    assert task.enhance is not None  # noqa: S101 - the verb is only offered with the capability
    capability: Enhance[Any] = task.enhance

    def enhance(
        inputs: Annotated[list[str], typer.Argument(help="Pictures, folders, patterns, or - for stdin.")],
        *,
        options: Any,
        extras: Any,
        output: OutputFlags,
        run: RunFlags,
    ) -> None:
        given = {extra.name: getattr(extras, extra.name.replace("-", "_")) for extra in capability.extras}
        _enhance(_Order(task, capability, tuple(inputs), options, given, output, run))

    groups = {"options": capability.options, "extras": extra_flags(capability.extras)}
    return with_options(
        with_options(enhance, {"output": OutputFlags, "run": RunFlags}),
        groups,
        panel=f"Options of {task.name}",
    )


@dataclass(frozen=True)
class _Order:
    """One call of the command."""

    task: AnyTask
    capability: Enhance[Any]
    inputs: tuple[str, ...]
    options: Any
    extras: dict[str, Path | None]
    output: OutputFlags
    run: RunFlags

    def plan(self) -> Plan:
        """Settle what is read and written."""
        output = understand_output(
            self.output.output,
            self.inputs,
            default_suffix=f"_{self.task.name}",
            suffix=self.output.suffix,
            format=self.output.format,
        )
        return plan(
            self.inputs,
            output,
            recursive=self.run.recursive,
            overwrite=self.output.overwrite,
            extras=check_extras(self.capability.extras, self.extras),
        )

    def weights(self) -> tuple[str, ...]:
        """Return the weights to load, in the order `build` wants them."""
        from gantool.weights import store

        return store.choose(self.capability.weights(self.options), self.run.weights or ())


def _enhance(order: _Order) -> None:
    check_device_name(order.run.device)
    planned = order.plan()
    piping = any(job.to_stdout and job.intent is Intent.ENHANCE for job in planned.jobs)
    if piping and order.run.as_json:
        raise UsageError("--json and the picture would both go to stdout", "name a file by -o")
    if piping and not order.run.dry_run and sys.stdout.isatty():
        raise UsageError("the picture would go to a terminal", "name a file by -o, or pipe it on")
    work = any(job.intent is Intent.ENHANCE for job in planned.jobs)
    book = ReportBook(None if order.run.dry_run else order.output.report, order.output.overwrite, planned)
    if work:
        _check_weights(order)
    with Voice(as_json=order.run.as_json, piping=piping, total=len(planned.jobs)) as voice:
        if order.run.dry_run or not work:
            outcomes = [without_work(job) for job in planned.jobs]
            for outcome in outcomes:
                voice.tell(outcome)
                book.add(outcome)
        else:
            outcomes = _run(order, planned, voice, book)
        book.write(voice.say)
        voice.say(summary(outcomes, planned.left_out))
    if any(outcome.status is Status.FAILED for outcome in outcomes):
        raise typer.Exit(EXIT_FAILED)


def _check_weights(order: _Order) -> None:
    """Find every weight, and see by its card that it is made for the task, before anything costly."""
    from gantool.errors import WeightError
    from gantool.weights import files, store

    for wanted in order.weights():
        path = store.resolve(wanted, order.task)
        made_for = files.read_card(path).task
        if made_for != order.task.name:
            raise WeightError(
                f"{path} was made for task {made_for!r}, not {order.task.name!r}",
                "see `gantool weights list`",
            )


def _run(order: _Order, planned: Plan, voice: Voice, book: ReportBook) -> list[Outcome]:
    from gantool.inference.device import describe
    from gantool.inference.pipeline import limits_for, run
    from gantool.inference.saving import Saving

    outcomes: list[Outcome] = []
    try:
        engine, sums = _engine(order, book)
        device = describe(engine.device)
        voice.say(f"{order.task.name} on {device} in {engine.precision}")
        saving = Saving(order.output.quality, order.output.strip_metadata)
        limits = limits_for(engine, order.run.max_pixels)
        for outcome in run(planned.jobs, engine, saving, limits, voice.progress, book.look):
            outcomes.append(outcome)
            book.add(outcome)
            if outcome.piped is not None:
                sys.stdout.buffer.write(outcome.piped)
                sys.stdout.buffer.flush()
            voice.tell(outcome, str(engine.device), sums)
    except KeyboardInterrupt:
        book.write(voice.say)
        voice.say(f"interrupted: {summary(outcomes, 0)}", trouble=True)
        raise typer.Exit(EXIT_INTERRUPTED) from None
    return outcomes


def _engine(order: _Order, book: ReportBook) -> tuple[Engine, Sequence[str]]:
    """Return the network on its device, and the weights' sha256 sums."""
    from gantool.inference.device import choose_device
    from gantool.inference.engine import Engine
    from gantool.weights import store

    choose_device(order.run.device)  # Refused before weights are read.
    loaded = [store.load(wanted, order.task) for wanted in order.weights()]
    enhancer = order.capability.build(order.options, loaded)
    settings = Settings(order.run.device, order.run.precision, order.run.tile)
    engine = Engine(enhancer, settings)
    book.use(engine)
    book.stage(order.task.name, order.options, loaded)
    return engine, [weight.sha256 for weight in loaded]
