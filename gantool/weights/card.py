"""The card: what a weight file says of itself, kept as JSON in the safetensors header."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from gantool.weights.fields import Facts, Reader

CARD_VERSION = 4
"""1: without `parents`; 2: figures without `options`; 3: without `package`. Earlier ones are read, and
written again as this."""


@dataclass(frozen=True)
class Measured:
    """A figure and the protocol that gave it.

    `options` are those of `gantool evaluate` that give it again over a folder called `data`; None where it
    comes from elsewhere, such as the training run's own validation.
    """

    metric: str
    value: float
    data: str
    protocol: str
    options: Facts | None = None

    @classmethod
    def from_record(cls, record: object) -> Measured:
        """Return the figure that JSON `record` holds; WeightError unless it has exactly these fields."""
        reader = Reader(record, "a measured figure of the card")
        figure = cls(
            metric=reader.text("metric"),
            value=reader.number("value"),
            data=reader.text("data"),
            protocol=reader.text("protocol"),
            options=reader.facts_or_none("options"),
        )
        reader.finish()
        return figure


@dataclass(frozen=True)
class Parent:
    """A weight file that went into a blend, and its share, 0 to 1."""

    id: str
    sha256: str
    share: float

    @classmethod
    def from_record(cls, record: object) -> Parent:
        """Return the parent that JSON `record` holds; WeightError unless it has exactly these fields."""
        reader = Reader(record, "a parent on the card")
        parent = cls(id=reader.text("id"), sha256=reader.text("sha256"), share=reader.number("share"))
        reader.finish()
        return parent


@dataclass(frozen=True)
class Card:
    """Provenance and construction facts of one weight file.

    `architecture` and `config` rebuild the network; loading never guesses from tensor shapes. `parent` is
    the weight that training began from, `parents` are those that this one was blended from. `package` is the
    distribution that held the task, with its version, and `commit` is that package's; before version 4 it was
    gantool's own, whatever the task.
    """

    id: str
    task: str
    architecture: str
    config: Mapping[str, int | float | str | bool]
    licence: str
    summary: str = ""
    recipe: Mapping[str, int | float | str | bool] = field(default_factory=dict)
    data: str = ""
    data_licence: str = ""
    package: str = ""
    commit: str = ""
    steps: int = 0
    hours: float = 0.0
    machine: str = ""
    date: str = ""
    parent: str = ""
    parents: tuple[Parent, ...] = ()
    measured: tuple[Measured, ...] = ()
    notes: str = ""
    version: int = CARD_VERSION

    def to_record(self) -> dict[str, object]:
        """Return the card as JSON-ready values; WeightError where a value is not what its field says."""
        changed = {"config": dict(self.config), "recipe": dict(self.recipe), "version": CARD_VERSION}
        record = {**asdict(self), **changed}
        Card.from_record(record)  # what is written must be readable again
        return record

    def to_json(self) -> str:
        """Return the card as one line of JSON, the same for equal cards."""
        return json.dumps(self.to_record(), ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Card:
        """Return the card that `text` holds.

        Raises:
            WeightError: no JSON object, an unknown or missing key, a wrong type, or a newer format.
        """
        return cls.from_record(Reader.parse(text, "the card"))

    @classmethod
    def from_record(cls, record: object) -> Card:
        """Return the card that parsed JSON holds; raises as `from_json` does."""
        reader = Reader(record, "the card")
        reader.check_version(CARD_VERSION)
        card = cls(
            id=reader.text("id"),
            task=reader.text("task"),
            architecture=reader.text("architecture"),
            config=reader.facts("config"),
            licence=reader.text("licence"),
            summary=reader.text("summary", ""),
            recipe=reader.facts("recipe", _NO_FACTS),
            data=reader.text("data", ""),
            data_licence=reader.text("data_licence", ""),
            package=reader.text("package", ""),
            commit=reader.text("commit", ""),
            steps=reader.whole("steps", 0),
            hours=reader.number("hours", 0.0),
            machine=reader.text("machine", ""),
            date=reader.text("date", ""),
            parent=reader.text("parent", ""),
            parents=tuple(Parent.from_record(item) for item in reader.items("parents")),
            measured=tuple(Measured.from_record(item) for item in reader.items("measured")),
            notes=reader.text("notes", ""),
            version=reader.whole("version", CARD_VERSION),
        )
        reader.finish()
        return card


_NO_FACTS: Facts = {}
