"""What is read and what is written, settled before torch is imported and before a pixel is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial
from pathlib import Path

from gantool.errors import Code, GantoolError, ImageError, UsageError
from gantool.images.formats import ImageFormat, of_name
from gantool.inference.extras import ExtraFile, ExtraSource, Shelves, extras_for
from gantool.inference.sources import STREAM, Found, Search, find
from gantool.inference.targets import Output, Place, raise_unwritable
from gantool.paths import exists, identity, is_folder, leads_nowhere, name_problem


class Intent(Enum):
    """What is to happen with an input."""

    ENHANCE = "enhance"
    SKIP = "skip"
    FAIL = "fail"


@dataclass(frozen=True)
class Job:
    """One input and its result. `format` is None where only the picture's bytes tell (stdin to stdout).

    `candidate` is which of several results of the input this is, from 1; `reason` says why it is skipped or
    cannot be done, and `code` is the number of the latter; `overwrite` whether a file may be replaced.
    """

    source: Path
    target: Path
    format: ImageFormat | None = None
    extras: tuple[ExtraFile, ...] = ()
    intent: Intent = Intent.ENHANCE
    reason: str = ""
    candidate: int = 1
    overwrite: bool = False
    code: str = ""

    @property
    def to_stdout(self) -> bool:
        """Whether the result is piped."""
        return self.target == STREAM


@dataclass(frozen=True)
class Plan:
    """The jobs in the order of the inputs, and what was left out as a former result."""

    jobs: tuple[Job, ...]
    left_out: tuple[Path, ...] = ()


def plan(
    inputs: Sequence[str],
    output: Output,
    *,
    recursive: bool = False,
    overwrite: bool = False,
    extras: Sequence[ExtraSource] = (),
    candidates: int = 1,
    read: Sequence[Path] = (),
) -> Plan:
    """Return what `inputs` mean: which pictures are read, and where each result goes.

    With more than one of `candidates` each input has as many jobs, and their results `-1`, `-2` ... behind
    their names.

    What is read is never written over, be it an input, an extra or one of the further files in `read`. A
    missing input becomes a job that fails, so that the others go on, and so does one whose result would be
    another one's of its folder.

    Raises:
        UsageError: Results of two folders in one place, a result in the place of what is read, or one `-o`
            file for several.
        ImageError: The folder for the results cannot be written to.
    """
    output.check_writable()
    folder = output.path if output.place is Place.FOLDER else None
    found = find(inputs, Search(recursive, output.default_suffix, folder, output.suffix))
    fresh = [item for item in found if not item.former]
    numbers = range(1, candidates + 1)
    partners = partial(extras_for, sources=extras, shelves=Shelves())
    jobs = _without_partners([job for item in fresh for job in _jobs(item, output, partners, numbers)])
    _refuse_several(jobs, output)
    jobs = _without_collisions(jobs)
    _guard_read(jobs, output, read)
    kept = _guard_inputs(jobs, output, overwrite)
    settled = tuple(_settled(job, overwrite) for job in kept)
    staying = {job.source for job in kept}
    named = dict.fromkeys(job.source for job in jobs if job.source not in staying)
    return Plan(settled, (*(item.path for item in found if item.former), *named))


def _jobs(
    found: Found, output: Output, partners_of: Callable[[Found], tuple[ExtraFile, ...]], candidates: range
) -> list[Job]:
    """Return one job for each candidate, or a single one where nothing can be done."""
    job = Job(found.path, STREAM)
    if found.problem:
        return [_failing(job, found.problem)]
    try:
        format = output.format or _format_of(found.path)
        if format is None and output.place is not Place.STDOUT:
            format = ImageFormat.PNG  # A file has its name before the picture is read.
        partners = partners_of(found)
    except ImageError as error:
        return [_failing(job, error)]
    several = len(candidates) > 1
    return [
        Job(
            found.path,
            output.target(found, format or ImageFormat.PNG, f"-{number}" if several else ""),
            format,
            partners,
            candidate=number,
        )
        for number in candidates
    ]


def _failing(job: Job, error: GantoolError) -> Job:
    return replace(job, intent=Intent.FAIL, reason=str(error), code=error.code)


def _without_partners(jobs: Sequence[Job]) -> list[Job]:
    """Leave out what belongs to another input: `a_mask.png` beside `a.png` is no input of its own."""
    partners = {identity(extra.path) for job in jobs for extra in job.extras if extra.searched}
    return [job for job in jobs if identity(job.source) not in partners]


def _format_of(source: Path) -> ImageFormat | None:
    """Return the source's format where it can be written, and PNG, which loses nothing, else."""
    if source == STREAM:
        return None
    known = of_name(source)
    if known is None:
        from gantool.images import probe

        known = probe(source).format
    return known if known.writable else ImageFormat.PNG


def _refuse_several(jobs: Sequence[Job], output: Output) -> None:
    if output.place in (Place.FILE, Place.STDOUT) and len(jobs) > 1:
        sources = len({job.source for job in jobs})
        many = f"{sources} pictures are read" if sources > 1 else f"{len(jobs)} candidates are asked for"
        raise UsageError(f"-o {output.path} takes one result, and {many}", "name a folder by -o")


def _without_collisions(jobs: Sequence[Job]) -> list[Job]:
    """Let what would be written where an earlier result goes fail: `a.heic` and `a.png` both give `a.png`.

    From two folders, as of two cards of a camera, hundreds may meet so: that is refused before any work.
    """
    takers: dict[str, Job] = {}
    return [_after_others(job, takers) for job in jobs]


def _after_others(job: Job, takers: dict[str, Job]) -> Job:
    if job.intent is Intent.FAIL or job.to_stdout:
        return job
    first = takers.setdefault(identity(job.target), job)
    if first is job:
        return job
    said = f"{first.source} and {job.source} would both be written to {job.target}"
    if first.source.parent != job.source.parent:
        raise UsageError(
            said, "enhance one of them into another -o, or name the folder above both with --recursive"
        )
    return _failing(job, ImageError(said, f"enhance {job.source} by itself, with another --suffix or -o"))


def _guard_read(jobs: Sequence[Job], output: Output, read: Sequence[Path]) -> None:
    """Refuse a result in the place of an extra, or of another file that is read."""
    guarded = {
        identity(path): path for path in (*read, *(extra.path for job in jobs for extra in job.extras))
    }
    for job in jobs:
        taken = None if job.intent is Intent.FAIL or job.to_stdout else guarded.get(identity(job.target))
        if taken is not None:
            why = f"{taken} is read, and would be written over by the result of {job.source}"
            raise UsageError(why, _elsewhere(output))


def _elsewhere(output: Output) -> str:
    """Return what gives a result another place."""
    return "name another file by -o" if output.place is Place.FILE else "choose another --suffix or -o"


def _guard_inputs(jobs: Sequence[Job], output: Output, overwrite: bool) -> list[Job]:
    """See to it that no result takes an input's place.

    An input that lies where another one's result would go is that input's former result: it is left
    out, so that enhancing `*.png` twice gives nothing new; with `overwrite` it is refused, since it may be
    the only copy.
    """
    sources = {identity(job.source): job for job in jobs if job.source != STREAM}
    former: set[str] = set()
    for job in jobs:
        lies_there = sources.get(identity(job.target))
        if job.intent is Intent.FAIL or job.to_stdout or lies_there is None:
            continue
        if identity(lies_there.source) == identity(job.source):
            raise UsageError(f"{job.source} would be written over by its result", _elsewhere(output))
        if overwrite:
            raise UsageError(
                f"the result of {job.source} would take the place of the input {job.target}",
                f"leave out {job.target}, or choose another --suffix or -o",
            )
        former.add(identity(job.target))
    return [job for job in jobs if identity(job.source) not in former]


_OTHERWISE = "perhaps made with other options; give another -o or --suffix, or --overwrite"


def _settled(job: Job, overwrite: bool) -> Job:
    """Decide what is seen on the disk alone: a result that exists, a folder that cannot be written to."""
    if job.intent is Intent.FAIL or job.to_stdout:
        return job
    if problem := name_problem(job.target.name):
        said = f"{job.source} can have no result {job.target}: {problem}"
        return _failing(job, ImageError(said, "choose another --suffix or -o", Code.UNWRITABLE))
    if is_folder(job.target):
        said = f"{job.target} is a folder"
        return _failing(job, ImageError(said, "choose another -o", Code.UNWRITABLE))
    if exists(job.target) and not overwrite:
        return replace(job, intent=Intent.SKIP, reason=f"{job.target} exists, {_OTHERWISE}")
    if leads_nowhere(job.target) and not overwrite:  # It could not be linked over once all is computed.
        said = f"{job.target} is a symbolic link that leads nowhere"
        return _failing(job, ImageError(said, "remove it, or pass --overwrite", Code.UNWRITABLE))
    try:
        raise_unwritable(job.target.parent)
    except GantoolError as error:
        return _failing(job, error)
    return replace(job, overwrite=overwrite)
