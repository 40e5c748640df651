"""A file that remembers what was done, read again to skip what is done and unchanged. Torch-free.

A line is a JSON object: the record of `--json`, and under `manifest` what tells whether anything changed
since. The last line of a result counts. Lines are appended whole; a torn one, of a run that was killed, is
passed over.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gantool.atomic import refusal
from gantool.errors import ImageError, UsageError
from gantool.inference.outcome import Outcome, Status
from gantool.inference.plan import Intent, Job, Plan
from gantool.paths import identity

if TYPE_CHECKING:
    from gantool.inference.saving import Saving
    from gantool.inference.steps import Step

VERSION = 1
_PART = 1 << 20


@dataclass(frozen=True)
class Stamp:
    """What a file is told by: bytes and time of the last change, in nanoseconds; sha256 where it was read."""

    size: int
    changed: int
    sha256: str = ""

    @classmethod
    def of(cls, path: Path) -> Stamp | None:
        """Return the stamp of a file, without reading it; None where there is none."""
        try:
            found = path.stat()
        except (OSError, ValueError):
            return None
        return cls(found.st_size, found.st_mtime_ns)

    def is_of(self, path: Path) -> bool:
        """Tell whether the file is still the same: by its size and time, or else by what it holds."""
        now = Stamp.of(path)
        if now is None or now.size != self.size:
            return False
        return now.changed == self.changed or self._is_content_of(path)

    def is_elsewhere(self, path: Path) -> bool:
        """Tell whether a file of another name holds the same."""
        now = Stamp.of(path)
        return now is not None and now.size == self.size and self._is_content_of(path)

    def _is_content_of(self, path: Path) -> bool:
        return self.sha256 != "" and _sha256(path) == self.sha256


@dataclass(frozen=True)
class Entry:
    """What is known of one result: of which files it was made, and how (`made_by`, a digest).

    The first of `inputs` is the picture, the others are its extras.
    """

    made_by: str
    inputs: Mapping[str, Stamp]
    output: Stamp

    def is_made_of(self, job: Job) -> bool:
        """Tell whether the job's picture is the one the result was made of: by its name, or moved.

        Two cards of a camera may both hold an `IMG_0001.jpg`, whose results have one name.
        """
        source, *_ = self.inputs
        return source == str(job.source.absolute()) or self.inputs[source].is_elsewhere(job.source)

    def is_unchanged(self, job: Job) -> bool:
        """Tell whether all that the job reads is still what the result was made of, wherever it lies now."""
        read = {str(path.absolute()): path for path in _read(job)}  # A picture may be its own extra.
        return len(read) == len(self.inputs) and all(
            stamp.is_of(path) if name == known else stamp.is_elsewhere(path)
            for (name, path), (known, stamp) in zip(read.items(), self.inputs.items(), strict=True)
        )

    @classmethod
    def parse(cls, line: bytes) -> tuple[str, Entry] | None:
        """Return the result's identity and its entry; None for a line that says nothing of a result."""
        try:
            record = json.loads(line)["manifest"]
            inputs = {path: Stamp(**stamp) for path, stamp in record["inputs"].items()}
            entry = cls(str(record["made_by"]), inputs, Stamp(**record["output"]))
            return (str(record["target"]), entry) if inputs and record["version"] == VERSION else None
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None


class Known(Enum):
    """What a manifest says of a job."""

    NOTHING = "nothing"
    DONE = "it is done, and nothing changed"
    STALE = "it is done, and something it was made of changed, or it is gone"
    TOUCHED = "it is done, and was changed by somebody else since"


@dataclass
class Manifest:
    """The manifest of one call; `made_by` stands for its tasks, options, weights and ways of writing."""

    path: Path
    made_by: str
    entries: dict[str, Entry] = field(default_factory=dict)
    _before: dict[Path, Stamp] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path, made_by: str) -> Manifest:
        """Return what a file says, or an empty manifest where there is none.

        Raises:
            UsageError: The file is none of ours.
            ImageError: It cannot be read.
        """
        try:
            lines = path.read_bytes().splitlines()
        except FileNotFoundError:
            lines = []
        except OSError as error:
            raise ImageError(
                f"{path} cannot be read ({error.strerror})", "name another --manifest"
            ) from error
        found = [entry for line in lines if (entry := Entry.parse(line))]
        if lines and not found and not lines[0].startswith(b"{"):
            raise UsageError(f"{path} is no manifest", "name a file that --manifest wrote, or a new one")
        return cls(path, made_by, dict(found))

    def settle(self, planned: Plan) -> Plan:
        """Return the plan with what is done and unchanged skipped, and what is stale made anew.

        Raises:
            UsageError: Something comes or goes through a pipe.
        """
        if any(job.to_stdout and job.intent is not Intent.FAIL for job in planned.jobs):
            raise UsageError("--manifest remembers files, and this goes through a pipe", "name files")
        return replace(planned, jobs=tuple(self._settled(job) for job in planned.jobs))

    def _settled(self, job: Job) -> Job:
        if job.intent is Intent.FAIL:
            return job
        known = self.knows(job)
        if known is Known.DONE:
            return replace(job, intent=Intent.SKIP, reason=f"done before, and unchanged since ({self.path})")
        if known is Known.STALE:
            job = replace(job, intent=Intent.ENHANCE, reason="", overwrite=True)
        return job

    def knows(self, job: Job) -> Known:
        """Return what is known of a job."""
        entry = self.entries.get(identity(job.target))
        if entry is None:
            return Known.NOTHING
        now = Stamp.of(job.target)
        if now is not None and now != replace(entry.output, sha256=""):
            return Known.TOUCHED
        if not entry.is_made_of(job):
            return Known.NOTHING
        done = now is not None and entry.made_by == self.made_by and entry.is_unchanged(job)
        return Known.DONE if done else Known.STALE

    def begin(self, jobs: Sequence[Job]) -> None:
        """Note what the inputs are before they are read, and see that lines can be appended.

        Raises:
            ImageError: They cannot.
        """
        for path in {path for job in jobs if job.intent is Intent.ENHANCE for path in _read(job)}:
            stamp = Stamp.of(path)
            if stamp is not None:
                self._before[path] = stamp
        try:
            with self.path.open("a+b") as stream:
                if stream.tell() and not _ends_a_line(stream):
                    stream.write(b"\n")
        except OSError as error:
            raise refusal(self.path, error, ImageError) from error

    def add(self, outcome: Outcome, record: Mapping[str, object]) -> None:
        """Append an outcome, as `--json` tells it, unless it was skipped: that is in the file already.

        Raises:
            ImageError: The disk is full; the results are on it all the same.
        """
        if outcome.status is Status.SKIPPED:
            return
        note = self._note(outcome) if outcome.status is Status.DONE else None
        line = json.dumps({**record, **({"manifest": note} if note else {})}) + "\n"
        try:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
            try:
                os.write(descriptor, line.encode())  # In one call: other runs' lines stand before or behind.
            finally:
                os.close(descriptor)
        except OSError as error:
            raise refusal(self.path, error, ImageError) from error

    def _note(self, outcome: Outcome) -> dict[str, Any] | None:
        job, output = outcome.job, Stamp.of(outcome.job.target)
        inputs = {str(path.absolute()): self._after(path) for path in _read(job)}
        if output is None or not all(inputs.values()):
            return None
        return {
            "version": VERSION,
            "target": identity(job.target),
            "made_by": self.made_by,
            "inputs": {name: asdict(stamp) for name, stamp in inputs.items() if stamp},
            "output": asdict(output),
        }

    def _after(self, path: Path) -> Stamp | None:
        """Return the stamp from before; with the sha256 where the file has not changed while it was read."""
        before = self._before.get(path)
        if before is None or before.sha256 or before != Stamp.of(path):
            return before
        self._before[path] = replace(before, sha256=_sha256(path))  # Kept: an extra is one of many jobs.
        return self._before[path]


def digest_of(steps: Sequence[Step], saving: Saving, tta: int = 1) -> str:
    """Return a digest of all that makes the results what they are, but for the inputs: for `made_by`.

    Tasks, options, the content of the weights and of the files that options name, how many views are
    averaged, and how results are written; not the device, the precision and the tiles, on which a result
    hangs by a rounding.

    Raises:
        ImageError: A file cannot be read.
    """
    record = [
        [step.task.name, _plain(step.options), *map(_content_of, (*step.weight_files(), *step.files))]
        for step in steps
    ]
    views = [tta] if tta > 1 else []
    # What is not asked for leaves no trace, so that older manifests still hold.
    written = {name: value for name, value in _plain(saving).items() if value != str(None)}
    text = json.dumps([VERSION, record, written, *views], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _content_of(path: Path) -> str:
    try:
        return _sha256(path)
    except OSError as error:
        raise ImageError(f"{path} cannot be read ({error.strerror})", "check its permissions") from error


def _plain(options: Any) -> dict[str, Any]:
    return {name: str(value) for name, value in asdict(options).items()}


def _read(job: Job) -> tuple[Path, ...]:
    """Return the files a job is made of."""
    return job.source, *(extra.path for extra in job.extras)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while part := stream.read(_PART):
            digest.update(part)
    return digest.hexdigest()


def _ends_a_line(stream: Any) -> bool:
    stream.seek(-1, os.SEEK_END)
    return bool(stream.read(1) == b"\n")
