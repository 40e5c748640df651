"""Weight entries, verdicts and cards as JSON values and as lines for people."""

from __future__ import annotations

from collections.abc import Iterator

from gantool.cli.printable import printable
from gantool.task import LoadedWeight
from gantool.weights.card import Card
from gantool.weights.exchange import shadows_shipped
from gantool.weights.store import Entry
from gantool.weights.verify import Verdict


def entry_record(entry: Entry) -> dict[str, object]:
    """Return the entry as JSON-ready values."""
    return {
        "id": entry.id,
        "path": str(entry.path),
        "source": entry.source.value,
        "shadowed": entry.shadowed,
        "bytes": entry.bytes,
        "problem": entry.problem,
        "card": entry.card.to_record() if entry.card else None,
    }


def imported_record(loaded: LoadedWeight) -> dict[str, object]:
    """Return what an import put into the user's store as JSON-ready values."""
    return {
        "id": loaded.id,
        "task": loaded.card.task,
        "path": str(loaded.path),
        "sha256": loaded.sha256,
        "shadows_shipped": shadows_shipped(loaded.id),
    }


def imported_line(loaded: LoadedWeight) -> str:
    """Return the same as a line for people."""
    instead = ", from now on taken in place of the shipped one" if shadows_shipped(loaded.id) else ""
    return f"{loaded.id} is now in {loaded.path}{instead}"


def verdict_record(verdict: Verdict) -> dict[str, object]:
    """Return the verdict as JSON-ready values."""
    return {
        "id": verdict.entry.id,
        "path": str(verdict.entry.path),
        "source": verdict.entry.source.value,
        "sound": not verdict.problem,
        "sha256": verdict.sha256,
        "problem": verdict.problem,
    }


def card_lines(card: Card) -> Iterator[str]:
    """Yield a card's fields, one a line, empty ones left out; parents and figures come last.

    A card may come from anywhere: no text in it makes a line of its own, or commands the terminal.
    """
    yield from map(printable, _fields(card))


def _fields(card: Card) -> Iterator[str]:
    for key, value in card.to_record().items():
        if key in ("measured", "parents") or value in ("", 0, {}):
            continue
        if isinstance(value, dict):
            value = ", ".join(f"{name}={fact}" for name, fact in value.items())
        yield f"{key.replace('_', ' ')}: {value}"
    for parent in card.parents:
        yield f"parent: {parent.share:g} of {parent.id} (sha256 {parent.sha256})"
    for figure in card.measured:
        yield f"measured: {figure.metric} {figure.value:g} on {figure.data} ({figure.protocol})"
