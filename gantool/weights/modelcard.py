"""The README.md of a repository on the hub, written from a weight's card. Torch-free."""

from __future__ import annotations

import json
import re

from gantool import plugins
from gantool.errors import GantoolError, WeightError
from gantool.task import AnyTask
from gantool.weights.card import Card
from gantool.weights.stated import flags_for, options_for

_KNOWN_LICENCES = {
    "Apache-2.0": "apache-2.0",
    "MIT": "mit",
    "CC0-1.0": "cc0-1.0",
    "BSD-3-Clause": "bsd-3-clause",
}
"""SPDX names as the hub writes them; others are `other`, with their own words."""


def model_card(card: Card, file: str, sha256: str, repository: str) -> str:
    """Return the model card in the hub's form: YAML in front, Markdown behind.

    Args:
        card: of the weight.
        file: its name in the repository.
        sha256: of the file, for the command that fetches it.
        repository: OWNER/REPO.
    """
    task = _task_of(card)
    parts = (
        f"# {_line(card.id)}",
        _line(card.summary),
        _use(card, task, f"gantool weights pull hf:{repository}/{file} --sha256 {sha256}"),
        _facts(card),
        _figures(card),
        _line(card.notes) and f"## Notes\n\n{_line(card.notes)}",
    )
    return _front(card, task) + "\n\n".join(part for part in parts if part) + "\n"


def _task_of(card: Card) -> AnyTask | None:
    """Return the weight's task, where it is installed."""
    try:
        return plugins.load(card.task)
    except GantoolError:
        return None


def _front(card: Card, task: AnyTask | None) -> str:
    licence = _KNOWN_LICENCES.get(card.licence, "other")
    draws = task is not None and task.sample is not None and task.enhance is None
    kind = "unconditional-image-generation" if draws else "image-to-image"
    rows = [("license", licence), ("library_name", "gantool"), ("pipeline_tag", kind)]
    if licence == "other":
        rows.insert(1, ("license_name", card.licence))
    # JSON strings are YAML strings: nothing in a card can end the block.
    lines = [f"{key}: {json.dumps(value)}" for key, value in rows]
    return "\n".join(["---", *lines, f"tags: {json.dumps(['gantool', card.task])}", "---", "", ""])


def _use(card: Card, task: AnyTask | None, pull: str) -> str:
    run = " ".join(_line(word) for word in _command(card, task))
    return f'```sh\npip install ".[hub]"    # in a clone of gantool\n{pull}\n{run}\n```'


def _command(card: Card, task: AnyTask | None) -> list[str]:
    """Return the command that uses the weight, in parts, with what its card states and what is required."""
    named = f"--weights {card.id}"
    if task is not None and task.sample is not None and task.enhance is None:
        return [f"gantool sample {card.task}", named, *flags_for(task.sample.options, card)]
    begun = [f"gantool enhance {card.task}", named]
    if task is None or task.enhance is None:
        return [*begun, "photo.jpg"]
    try:
        options = options_for(task.enhance.options, card)
    except WeightError:  # A card may state what the installed task does not take.
        return [*begun, "photo.jpg"]
    needed = (extra.name for extra in task.enhance.extras_of(options) if extra.required)
    return [
        *begun,
        *flags_for(task.enhance.options, card),
        *(f"--{name} {name}.png" for name in needed),
        "photo.jpg",
    ]


def _facts(card: Card) -> str:
    rows = [
        ("task", card.task),
        ("architecture", card.architecture),
        *((f"config: {name}", value) for name, value in card.config.items()),
        ("licence", card.licence),
        ("training data", card.data),
        ("licence of the data", card.data_licence),
        ("steps", card.steps or ""),
        ("hours", card.hours or ""),
        ("machine", card.machine),
        ("date", card.date),
        ("package", card.package),
        ("commit", card.commit),
        ("trained on from", card.parent),
        ("blended from", ", ".join(f"{one.id} ({one.share:g})" for one in card.parents)),
    ]
    lines = [f"| {_cell(name)} | {_cell(value)} |" for name, value in rows if value != ""]
    return "\n".join(["## What it is", "", "| | |", "|---|---|", *lines])


def _figures(card: Card) -> str:
    if not card.measured:
        return ""
    lines = [
        f"| {_cell(one.metric)} | {one.value:g} | {_cell(one.data)} | {_cell(one.protocol)} |"
        for one in card.measured
    ]
    return "\n".join(["## Measured", "", "| figure | value | data | protocol |", "|---|---|---|---|", *lines])


def _line(words: str) -> str:
    """Return words on one line, in which nothing is HTML."""
    return re.sub(r"\s+", " ", words).strip().replace("<", "&lt;")


def _cell(value: object) -> str:
    return _line(str(value)).replace("|", "\\|")
