"""`gantool enhance TASK INPUTS`: planned before torch is imported, then run; `TASK,TASK` in a row."""

from __future__ import annotations

import gc
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gantool.cli.enhance_flags import OutputFlags, RunFlags, WeightFlags, extra_flags, one_path
from gantool.cli.enhance_report import ReportBook
from gantool.cli.enhance_text import Voice, as_record, left_out_line, summary
from gantool.cli.options import stated, with_options
from gantool.cli.piping import pipe_out, was_closed
from gantool.errors import EXIT_FAILED, EXIT_INTERRUPTED, UsageError
from gantool.inference.device import check_device_name
from gantool.inference.ensemble import in_words
from gantool.inference.outcome import Status, without_work
from gantool.inference.plan import Intent, Plan
from gantool.inference.result import MAX_PIXELS, Settings
from gantool.inference.steps import Destination, Step, plan_steps
from gantool.task import AnyTask

if TYPE_CHECKING:
    from gantool.inference.manifest import Manifest
    from gantool.inference.runner import Runner
    from gantool.inference.saving import Saving


def build_command(task: AnyTask) -> Callable[..., None]:
    """Return the command that enhances pictures with `task`, with the task's own options and extras."""
    return _command((_Part(task),))


def build_row_command(tasks: Sequence[AnyTask]) -> Callable[..., None]:
    """Return the command that runs `tasks` in a row, the options of each under its name."""
    return _command(tuple(_Part(task, prefix=task.name) for task in tasks))


@dataclass(frozen=True)
class _Part:
    """A task on the command line, and what its flags begin with."""

    task: AnyTask
    prefix: str = ""

    @property
    def options(self) -> type[Any]:
        """The task's options class."""
        assert self.task.enhance is not None  # noqa: S101 - the verb is only offered with the capability
        kind: type[Any] = self.task.enhance.options
        return kind

    def sign(self, function: Callable[..., Any], index: int) -> Callable[..., Any]:
        """Return `function` with this task's flags as groups `options_I`, `extras_I` and `weights_I`."""
        assert self.task.enhance is not None  # noqa: S101 - as above
        panel = f"Options of {self.task.name}"
        own = {f"extras_{index}": extra_flags(self.task.enhance.extras), f"options_{index}": self.options}
        signed = with_options(
            function,
            {f"weights_{index}": WeightFlags},
            panel=panel if self.prefix else None,
            prefix=self.prefix,
        )
        return with_options(signed, own, panel=panel, prefix=self.prefix)

    def step(self, ctx: typer.Context, groups: dict[str, Any], index: int) -> Step:
        """Return what the flags ask of this task."""
        assert self.task.enhance is not None  # noqa: S101 - as above
        extras = groups[f"extras_{index}"]
        return Step(
            self.task,
            groups[f"options_{index}"],
            stated(ctx, self.options, self.prefix),
            tuple(groups[f"weights_{index}"].weights or ()),
            {
                extra.name: one_path(extra, getattr(extras, extra.name.replace("-", "_")))
                for extra in self.task.enhance.extras
            },
        )


def _command(parts: Sequence[_Part]) -> Callable[..., None]:
    def enhance(
        ctx: typer.Context,
        inputs: Annotated[list[str], typer.Argument(help="Pictures, folders, patterns, or - for stdin.")],
        *,
        output: OutputFlags,
        run: RunFlags,
        **groups: Any,
    ) -> None:
        steps = tuple(part.step(ctx, groups, index) for index, part in enumerate(parts))
        _enhance(_Order(steps, tuple(inputs), output, run))

    command = with_options(enhance, {"output": OutputFlags, "run": RunFlags})
    for index, part in enumerate(parts):
        command = part.sign(command, index)
    return command


@dataclass(frozen=True)
class _Order:
    """One call of the command."""

    steps: tuple[Step, ...]
    inputs: tuple[str, ...]
    output: OutputFlags
    run: RunFlags

    def plan(self) -> Plan:
        """Settle what is read and written."""
        output = self.output
        destination = Destination(output.output, output.suffix, output.format, output.overwrite)
        return plan_steps(self.steps, self.inputs, destination, recursive=self.run.recursive)

    def check_weights(self) -> None:
        """Find every step's weights before anything costly."""
        for step in self.steps:
            step.check_weights()

    def check_options(self) -> None:
        """Refuse options that name no weight at all, even where every result is there already."""
        for step in self.steps:
            if step.foreign_file() is None:
                step.needed_weights()

    @property
    def saving(self) -> Saving:
        """How results are written."""
        from gantool.inference.saving import Saving

        return Saving.asked(self.output.quality, self.output.strip_metadata, self.output.longest)

    def manifest(self) -> Manifest | None:
        """Return what was noted of earlier calls, where that is wanted."""
        if self.run.manifest is None:
            return None
        from gantool.inference.manifest import Manifest, digest_of

        self.check_weights()
        return Manifest.read(self.run.manifest, digest_of(self.steps, self.saving, self.run.tta))

    @property
    def settings(self) -> Settings:
        """How to run the networks."""
        run = self.run
        return Settings(run.device, run.precision, run.tile, run.backend, run.tta)


def _enhance(order: _Order) -> None:
    check_device_name(order.run.device)
    planned, manifest = order.plan(), order.manifest()
    planned = manifest.settle(planned) if manifest else planned
    piping = any(job.to_stdout and job.intent is Intent.ENHANCE for job in planned.jobs)
    if piping and order.run.as_json:
        raise UsageError("--json and the picture would both go to stdout", "name a file by -o")
    if piping and not order.run.dry_run and was_closed():
        raise UsageError("the picture would go to stdout, and that is closed", "name a file by -o")
    if piping and not order.run.dry_run and sys.stdout.isatty():
        raise UsageError("the picture would go to a terminal", "name a file by -o, or pipe it on")
    work = any(job.intent is Intent.ENHANCE for job in planned.jobs)
    book = ReportBook(order.output.report, order.output.overwrite, planned)
    if work:
        order.check_weights()
    else:
        order.check_options()
    with Voice(as_json=order.run.as_json, piping=piping, total=len(planned.jobs)) as voice:
        if order.run.dry_run or not work:
            tally = Counter[Status]()
            for outcome in map(without_work, planned.jobs):
                tally[outcome.status] += 1
                voice.tell(outcome)
                book.add(outcome)
        else:
            tally = _run(order, planned, manifest, voice, book)
        try:
            if not order.run.dry_run:
                book.write(voice.say)
        finally:  # On a full disk there is no page; what was done is said all the same.
            if planned.left_out:
                voice.say(left_out_line(planned.left_out))
            voice.say(summary(tally, len(planned.left_out)))
    if tally[Status.FAILED]:
        raise typer.Exit(EXIT_FAILED)


def _run(
    order: _Order, planned: Plan, manifest: Manifest | None, voice: Voice, book: ReportBook
) -> Counter[Status]:
    from gantool.inference.runner import open_steps

    tally = Counter[Status]()
    if manifest is not None:
        manifest.begin(planned.jobs)
    try:
        runner = open_steps(order.steps, order.settings)
        _introduce(runner, order.run, voice, book)
        gc.freeze()  # Or else a long plan is looked through for garbage again and again, a tenth of the time.
        limit = order.run.max_pixels
        for outcome in runner.run(planned.jobs, order.saving, limit, voice.progress, book.look):
            if outcome.piped is not None:
                pipe_out(outcome.piped)
            tally[outcome.status] += 1
            book.add(outcome)
            voice.tell(outcome, str(runner.device), runner.links)
            if manifest is not None:
                manifest.add(outcome, as_record(outcome, str(runner.device), runner.links))
    except KeyboardInterrupt:
        if tally:  # Before, there is nothing to show, and what was broken off in its import fails again.
            book.write(voice.say)
        done = f": {summary(tally)}" if tally else " before the first picture"
        voice.say(f"interrupted{done}", trouble=True)
        raise typer.Exit(EXIT_INTERRUPTED) from None
    except Exception:  # a device that failed, or a bug: its own line or traceback follows
        if tally:  # Before the first picture nothing has begun that could end early.
            book.write(voice.say)
            voice.say(f"ended early: {summary(tally)}", trouble=True)
        raise
    finally:
        gc.unfreeze()
    return tally


def _introduce(runner: Runner, flags: RunFlags, voice: Voice, book: ReportBook) -> None:
    """Say what computes what."""
    from gantool.inference.device import describe

    names = ", ".join(link.step.task.name for link in runner.links)
    precisions = " and ".join(dict.fromkeys(str(engine.precision) for engine in runner.engines))
    by = " by onnxruntime" if flags.backend.onnx else ""
    voice.say(f"{names} on {describe(runner.device)} in {precisions}{by}{in_words(flags.tta)}")
    if flags.max_pixels > MAX_PIXELS:
        guard = f"the guard of {MAX_PIXELS:,} against decompression bombs"
        voice.say(f"note: --max-pixels {flags.max_pixels:,} raises {guard}", trouble=True)
    book.use(runner.engines[0])
    for link in runner.links:
        book.stage(link.step.task.name, link.step.options, link.weights)
