"""What rebuilds a network: a frozen dataclass that travels on the weight's card."""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar, get_type_hints

from gantool.errors import WeightError, nearest
from gantool.task import LoadedWeight

Value = int | float | str | bool


@dataclasses.dataclass(frozen=True)
class NetworkConfig:
    """All that rebuilding a network needs. Fields of a subclass are of int, float, str or bool."""

    def as_card(self) -> dict[str, Value]:
        """Return the fields as a weight card keeps them."""
        return dict(dataclasses.asdict(self))


Config = TypeVar("Config", bound=NetworkConfig)


def config_of(weight: LoadedWeight, kind: type[Config], architecture: str) -> Config:
    """Return a weight's configuration as its card has it; what has a default may be missing there.

    Raises:
        WeightError: the weight is of another architecture, or the card's values are not `kind`'s fields.
    """
    card = weight.card
    if card.architecture != architecture:
        raise WeightError(
            f"{weight.path} holds the architecture {card.architecture!r}",
            f"{card.task} runs {architecture!r}",
        )
    types = get_type_hints(kind)
    for name in card.config:
        if name not in types:
            raise _refused(weight, f"has an unknown {name!r}", nearest(name, types))
    for field in dataclasses.fields(kind):
        if field.name not in card.config and field.default is dataclasses.MISSING:
            raise _refused(weight, f"lacks {field.name!r}")
    values = {name: _read(weight, name, value, types[name]) for name, value in card.config.items()}
    return kind(**values)


def _read(weight: LoadedWeight, name: str, value: Value, wanted: Any) -> Any:
    # JSON writes 2.0 as 2 in some hands; True is an int only to Python.
    if wanted is float and type(value) is int:
        return float(value)
    if type(value) is not wanted:
        raise _refused(weight, f"gives {value!r} as {name!r}, which is no {wanted.__name__}")
    return value


def _refused(weight: LoadedWeight, what: str, remedy: str = "export the weight again") -> WeightError:
    return WeightError(f"the configuration in {weight.path} {what}", remedy)
