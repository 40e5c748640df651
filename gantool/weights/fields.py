"""Reading JSON strictly: every key is known, every value has the type its field says."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from gantool.errors import WeightError, nearest

Facts = Mapping[str, int | float | str | bool]


class Reader:
    """One JSON object, read key by key; `finish` refuses keys that nobody asked for.

    Every failure is a WeightError that names `owner` and the key.
    """

    def __init__(self, record: object, owner: str) -> None:
        if not isinstance(record, Mapping):
            raise WeightError(f"{owner} is not a JSON object")
        self._record: Mapping[str, Any] = record
        self._owner = owner
        self._asked: set[str] = set()

    @staticmethod
    def parse(text: str, owner: str) -> object:
        """Return the parsed JSON; WeightError where it is none, or could not be written as UTF-8 again."""
        try:
            parsed: object = json.loads(text)
            json.dumps(parsed, ensure_ascii=False).encode()  # A lone half of a pair, as \ud800, cannot be.
        except (ValueError, RecursionError) as failure:
            raise WeightError(f"{owner} is not valid JSON ({failure})") from failure
        return parsed

    def check_version(self, newest: int) -> None:
        """Refuse a format this release cannot know."""
        version = self._record.get("version", newest)
        if isinstance(version, int) and version > newest:
            raise WeightError(f"{self._owner} has format version {version}", "upgrade gantool to read it")

    def text(self, key: str, default: str | None = None) -> str:
        """Return a string."""
        value = self._take(key, default)
        if not isinstance(value, str):
            raise self._wrong(key, value, "text")
        return value

    def whole(self, key: str, default: int | None = None) -> int:
        """Return an integer; True and False are none."""
        value = self._take(key, default)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._wrong(key, value, "a whole number")
        return value

    def number(self, key: str, default: float | None = None) -> float:
        """Return a finite number."""
        value = self._take(key, default)
        if not isinstance(value, int | float) or isinstance(value, bool) or not _is_finite(value):
            raise self._wrong(key, value, "a finite number")
        return float(value)

    def facts(self, key: str, default: Facts | None = None) -> Facts:
        """Return a flat object of numbers, texts and truth values."""
        value = self._take(key, default)
        if not isinstance(value, Mapping):
            raise self._wrong(key, value, "an object")
        for name, fact in value.items():
            if not isinstance(fact, int | float | str | bool) or (
                isinstance(fact, float) and not math.isfinite(fact)
            ):
                raise self._wrong(f"{key}.{name}", fact, "a finite number, text, true or false")
        return dict(value)

    def facts_or_none(self, key: str) -> Facts | None:
        """Return a flat object, or None where the key is missing or null."""
        if self._record.get(key) is None:
            self._asked.add(key)
            return None
        return self.facts(key)

    def items(self, key: str) -> Sequence[object]:
        """Return a list, empty where the key is missing."""
        value = self._take(key, ())
        if not isinstance(value, list | tuple):
            raise self._wrong(key, value, "a list")
        return value

    def finish(self) -> None:
        """Refuse keys that no field asked for."""
        for key in self._record:
            if key not in self._asked:
                raise WeightError(f"{self._owner} has an unknown key {key!r}", nearest(str(key), self._asked))

    def _take(self, key: str, default: object) -> object:
        self._asked.add(key)
        if key in self._record:
            return self._record[key]
        if default is None:
            raise WeightError(f"{self._owner} lacks {key!r}")
        return default

    def _wrong(self, key: str, value: object, wanted: str) -> WeightError:
        return WeightError(f"{key!r} of {self._owner} is {value!r}, not {wanted}")


def _is_finite(value: float) -> bool:
    """Tell whether a float can hold the number: of JSON's whole numbers the largest are beyond all floats."""
    try:
        return math.isfinite(value)
    except OverflowError:
        return False
