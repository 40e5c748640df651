"""Loss terms by name: how much they weigh and when they come in. Torch-free."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

from gantool.errors import PluginError, UsageError, nearest
from gantool.train.config import resolve
from gantool.train.game import GAME_TERMS
from gantool.train.rows import PACE, STEP

_NAME = r"[a-z0-9_-]+"
_WRITTEN = re.compile(
    rf"(?P<name>{_NAME})=(?P<weight>[0-9.e+-]+?)"
    r"(?:@(?P<start>\d+)(?:\+(?P<ramp>\d+))?)?(?:/(?P<samples>\d+))?"
)


_COLUMNS = frozenset({STEP, *PACE, "lr_d", "lr_g"})
"""What a log has beside losses; reports take the last two for rates."""


class ImageLoss(StrEnum):
    """Losses between a made picture and its target that every paired task can use."""

    l1 = "l1"
    l2 = "l2"
    charbonnier = "charbonnier"
    ssim = "ssim"
    ms_ssim = "ms-ssim"
    fft = "fft"
    tv = "tv"
    perceptual = "perceptual"
    style = "style"
    ldl = "ldl"
    colour = "colour"


@dataclass(frozen=True)
class Term:
    """A loss's weight, from step `start` on, growing linearly over `ramp` steps.

    `samples` is how many pictures of a batch it looks at, 0 for all: the costly ones need not see each.
    """

    weight: float
    start: int = 0
    ramp: int = 0
    samples: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        if not math.isfinite(self.weight):
            raise UsageError(f"a loss has the weight {self.weight}", "use a finite number")
        if self.weight < 0 or min(self.start, self.ramp, self.samples) < 0:
            raise UsageError("a loss has a negative weight, start, ramp or samples", "use 0 or more")

    def factor(self, step: int) -> float:
        """Return the weight at `step`."""
        if step < self.start:
            return 0.0
        return self.weight * min(1.0, (step - self.start + 1) / (self.ramp + 1))


Terms = Mapping[str, Term]


def read_term(text: str) -> tuple[str, Term]:
    """Read `NAME=WEIGHT[@START[+RAMP]][/SAMPLES]`, such as `perceptual=0.3@1000+500/2`."""
    found = _WRITTEN.fullmatch(text.strip())
    try:
        if found is None:
            raise ValueError
        numbers = (int(found[key] or 0) for key in ("start", "ramp", "samples"))
        return found["name"], Term(float(found["weight"]), *numbers)
    except ValueError:
        raise UsageError(
            f"cannot read the loss {text!r}", "write it like perceptual=0.3 or perceptual=0.3@1000+500"
        ) from None


def written(term: Term) -> str:
    """Return what `read_term` reads after the name, such as `0.3@1000+500/2`."""
    start = f"@{term.start}+{term.ramp}" if term.start or term.ramp else ""
    return f"{term.weight:g}{start}" + (f"/{term.samples}" if term.samples else "")


def merged(defaults: Mapping[str, float], table: Mapping[str, object], flags: Iterable[str]) -> Terms:
    """Lay flags over a recipe file's `[losses]` table over the task's weights; unset fields keep theirs."""
    terms = {name: Term(weight) for name, weight in defaults.items()}
    for name, value in table.items():
        terms[name] = _from_table(name, value, terms.get(name))
    return terms | dict(read_term(text) for text in flags)


def check_names(terms: Terms, own: Iterable[str], paired: bool) -> None:
    """Refuse a name that is neither the task's own nor, for paired tasks, a loss between pictures.

    The task's own losses see whole batches: a part of one is refused for them, too.
    """
    owned = list(own)
    known = [*owned, *(loss.value for loss in ImageLoss)] if paired else owned
    for name, term in terms.items():
        if name not in known:
            raise UsageError(f"unknown loss {name!r}", nearest(name, known))
        if name in owned and term.samples:
            raise UsageError(
                f"the loss {name} is the task's own and looks at whole batches",
                f"leave /{term.samples} out; it is for losses between pictures",
            )


def check_own(own: Iterable[str], paired: bool) -> None:
    """Refuse names of a task's own losses that mean something else already.

    Raises:
        PluginError: a loss of that name would be dropped, replace another, or be no one's to weigh.
    """
    for name in own:
        if why := misnamed(name, paired):
            raise PluginError(
                f"the task's own loss {name!r} {why}", "name it otherwise in Train.own_losses and its recipe"
            )


def misnamed(name: str, paired: bool) -> str:
    """Return why a task's own loss cannot have a name, empty where it can."""
    if not re.fullmatch(_NAME, name):
        return "cannot be weighed by --loss, which takes a-z, 0-9, _ and -"
    if name in GAME_TERMS:
        return "is called like a loss of the adversarial game"
    if paired and name in set(ImageLoss):
        return "is called like a loss between pictures"
    return "is called like a column of the log" if name in _COLUMNS else ""


def plain_terms(terms: Terms) -> dict[str, dict[str, float | int]]:
    """Return the terms as JSON and TOML take them."""
    return {name: asdict(term) for name, term in terms.items()}


def _from_table(name: str, value: object, before: Term | None) -> Term:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return replace(before, weight=float(value)) if before else Term(float(value))
    if not isinstance(value, Mapping):
        raise UsageError(f"the loss {name!r} is {value!r}", "give a weight, or weight, start, ramp, samples")
    if before is None and "weight" not in value:
        raise UsageError(f"the loss {name!r} has no weight", "give it one, such as weight = 1.0")
    return resolve(Term, [asdict(before) if before else {}, value])
