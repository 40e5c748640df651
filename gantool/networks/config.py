"""What rebuilds a network: a frozen dataclass that travels on the weight's card."""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar, get_type_hints

from gantool.errors import UsageError, WeightError, nearest
from gantool.task import LoadedWeight

Value = int | float | str | bool

MOST = 1 << 16
"""The largest whole number of a configuration: widths, layers and sides of networks are far below it."""

_LONGEST = 80


@dataclasses.dataclass(frozen=True)
class NetworkConfig:
    """All that rebuilding a network needs. Fields of a subclass are of int, float, str or bool.

    Whole numbers count something: 0 to `MOST`. A `__post_init__` may refuse more, by a ValueError or a
    UsageError.
    """

    def as_card(self) -> dict[str, Value]:
        """Return the fields as a weight card keeps them."""
        return dict(dataclasses.asdict(self))


Config = TypeVar("Config", bound=NetworkConfig)


def config_of(weight: LoadedWeight, kind: type[Config], architecture: str) -> Config:
    """Return a weight's configuration as its card has it; what has a default may be missing there.

    Raises:
        WeightError: the weight is of another architecture, or the card's values are not `kind`'s fields, or
            beyond what a network can have.
    """
    card = weight.card
    if card.architecture != architecture:
        raise WeightError(
            f"{weight.path} holds the architecture {brief(card.architecture)}",
            f"{card.task} runs {architecture!r}",
        )
    types = get_type_hints(kind)
    for name in card.config:
        if name not in types:
            raise refused(weight, f"has an unknown {brief(name)}", nearest(name, types))
    for field in dataclasses.fields(kind):
        if field.name not in card.config and field.default is dataclasses.MISSING:
            raise refused(weight, f"lacks {field.name!r}")
    values = {name: _read(weight, name, value, types[name]) for name, value in card.config.items()}
    try:
        return kind(**values)
    except (ValueError, UsageError) as failure:  # what the class itself refuses; here it is the file's fault
        why = failure.message if isinstance(failure, UsageError) else str(failure)
        raise refused(weight, f"describes no network ({brief(why, quoted=False)})") from failure


def refused(weight: LoadedWeight, what: str, remedy: str = "export the weight again") -> WeightError:
    """Return the error that says what is wrong with a weight's configuration."""
    return WeightError(f"the configuration in {weight.path} {what}", remedy)


def brief(value: object, *, quoted: bool = True) -> str:
    """Return a value as an error line shows it; a file of strangers may hold a text of any length."""
    text = repr(value) if quoted else str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _read(weight: LoadedWeight, name: str, value: Value, wanted: Any) -> Any:
    # JSON writes 2.0 as 2 in some hands; True is an int only to Python.
    if wanted is float and type(value) is int and abs(value) <= MOST:
        return float(value)
    if type(value) is not wanted:
        raise refused(weight, f"gives {brief(value)} as {name!r}, which is no {wanted.__name__}")
    if wanted is int and not 0 <= int(value) <= MOST:
        raise refused(weight, f"gives {brief(value)} as {name!r}, which is not within 0 and {MOST}")
    return value
