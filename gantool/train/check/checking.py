"""The check of a training set: every picture is looked at once, by threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from gantool.errors import ImageError, TrainError
from gantool.train.check.looking import Facts, look
from gantool.train.check.repeats import Repeat, repeats
from gantool.train.check.report import Fault, Finding, Report
from gantool.train.data.items import Member, PictureFile
from gantool.train.data.listing import Listing, list_place
from gantool.train.layout import find_places, hold_out

Watch = Callable[[int, int], None]
"""Called after each picture with how many were looked at, and of how many."""


@dataclass(frozen=True)
class _Looked:
    """What came of looking at pictures: facts of the readable ones, and why others are not."""

    facts: dict[PictureFile, Facts]
    failures: dict[PictureFile, ImageError]

    def among(self, files: Sequence[PictureFile]) -> list[Facts]:
        """Return the facts of those of `files` that can be read, each once."""
        return [self.facts[file] for file in dict.fromkeys(files) if file in self.facts]


def check(
    data: Path, against: Path | None, smallest_side: int, watch: Watch = lambda done, total: None
) -> Report:
    """Look through `data`, its validation pictures included, and for pictures of `against` in it.

    Args:
        data: what `--data` of a training takes.
        against: the like with test pictures, none of which may be trained on.
        smallest_side: in pixels; what is smaller cannot be trained on.
        watch: is told how far it is.

    Raises:
        UsageError: a place is missing or holds no pictures.
        TrainError: a shard is damaged, or a list is empty.
    """
    places = find_places(data, None)
    listings = [list_place(place) for place in (places.train, places.val) if place]
    tests = list_place(against).pictures if against else ()
    files = [file for listing in listings for file in (*listing.pictures, *listing.inputs)]
    if not files and not any(listing.alone or listing.missing for listing in listings):
        raise TrainError(f"{data} lists no pictures", "name one picture a line")
    looked = _look_at([*files, *tests], watch)
    targets = looked.among([file for listing in listings for file in listing.pictures])
    name = _Names(data)
    findings = [
        *(finding for listing in listings for finding in _of_listing(listing, looked, name)),
        *_unreadable(looked, name),
        *_too_small(targets, smallest_side, name),
        *_odd_colours(looked.among(files), name),
        *_duplicates(targets, _for_validation(listings, looked), name),
        *_leaks(looked.among(listings[0].pictures), looked.among(tests), name),
    ]
    order = list(Fault)
    findings.sort(key=lambda finding: (order.index(finding.fault), finding.picture))
    usable = sum(min(facts.width, facts.height) >= smallest_side for facts in targets)
    return Report(data, against, len(set(files)), usable, smallest_side, tuple(findings))


def _look_at(files: Sequence[PictureFile], watch: Watch) -> _Looked:
    wanted = list(dict.fromkeys(files))
    looked = _Looked({}, {})
    with ThreadPoolExecutor() as threads:
        for done, (file, found) in enumerate(zip(wanted, threads.map(_try, wanted), strict=True), 1):
            if isinstance(found, Facts):
                looked.facts[file] = found
            else:
                looked.failures[file] = found
            watch(done, len(wanted))
    return looked


def _try(file: PictureFile) -> Facts | ImageError:
    try:
        return look(file)
    except ImageError as failure:
        return failure


@dataclass(frozen=True)
class _Names:
    """How findings name pictures: by their paths within the set they are of."""

    data: Path

    def __call__(self, file: PictureFile) -> str:
        path = file.shard if isinstance(file, Member) else file
        inside = path.is_relative_to(self.data) and path != self.data
        text = path.relative_to(self.data).as_posix() if inside else str(path)
        return f"{text}:{file.name}" if isinstance(file, Member) else text


def _of_listing(listing: Listing, looked: _Looked, name: _Names) -> Iterator[Finding]:
    for text in listing.missing:
        yield Finding(Fault.MISSING, text, "listed, but not there")
    for text in listing.alone:
        yield Finding(Fault.UNPAIRED, text, "has no other side")
    facts = looked.facts
    pairs = zip(listing.inputs, listing.pictures if listing.inputs else (), strict=True)
    sizes = [(facts[one], facts[two]) for one, two in pairs if one in facts and two in facts]
    usual = _usual_factor(sizes)
    for degraded, target in sizes:
        if (target.width, target.height) != (usual * degraded.width, usual * degraded.height):
            yield Finding(
                Fault.UNEQUAL,
                name(target.file),
                f"{target.width} x {target.height}, its input {degraded.width} x {degraded.height}; "
                f"others have {usual} times their input's size",
            )


def _usual_factor(sizes: Sequence[tuple[Facts, Facts]]) -> int:
    """Return the factor between targets and inputs that most pairs have."""
    factors = [max(1, round(target.width / degraded.width)) for degraded, target in sizes]
    return max(set(factors), key=factors.count, default=1)


def _unreadable(looked: _Looked, name: _Names) -> Iterator[Finding]:
    for file, failure in looked.failures.items():
        yield Finding(Fault.UNREADABLE, name(file), failure.message.replace(f"{file} ", "", 1))


def _too_small(pictures: Sequence[Facts], smallest_side: int, name: _Names) -> Iterator[Finding]:
    for facts in pictures:
        if min(facts.width, facts.height) < smallest_side:
            size = f"{facts.width} x {facts.height}, below {smallest_side} pixels"
            yield Finding(Fault.TOO_SMALL, name(facts.file), size)


def _odd_colours(pictures: Sequence[Facts], name: _Names) -> Iterator[Finding]:
    for facts in pictures:
        if facts.oddities:
            yield Finding(Fault.COLOUR, name(facts.file), ", ".join(facts.oddities))


def _duplicates(pictures: Sequence[Facts], held_out: Set[PictureFile], name: _Names) -> Iterator[Finding]:
    for repeat in repeats(pictures):
        across = (repeat.picture.file in held_out) != (repeat.other.file in held_out)
        detail = _how(repeat, name) + ("; one of them is for validation" if across else "")
        yield Finding(Fault.DUPLICATE, name(repeat.picture.file), detail)


def _for_validation(listings: Sequence[Listing], looked: _Looked) -> Set[PictureFile]:
    """Return the pictures that a training would only measure with."""
    if len(listings) > 1:
        return set(listings[1].pictures)
    pictures = listings[0].pictures
    return {pictures[index] for index in hold_out(pictures, looked.facts.__contains__)}


def _leaks(pictures: Sequence[Facts], tests: Sequence[Facts], name: _Names) -> Iterator[Finding]:
    for repeat in repeats(pictures, tests) if tests else ():
        yield Finding(Fault.LEAK, name(repeat.picture.file), _how(repeat, name))


def _how(repeat: Repeat, name: _Names) -> str:
    if repeat.exact:
        return f"has the pixels of {name(repeat.other.file)}"
    return f"shows what {name(repeat.other.file)} shows (likeness {repeat.likeness:.3f})"
