"""The README.md of a repository on the hub, written from a weight's card. Torch-free."""

from __future__ import annotations

import json
import re

from gantool.weights.card import Card

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
    parts = (
        f"# {_line(card.id)}",
        _line(card.summary),
        _use(card, file, sha256, repository),
        _facts(card),
        _figures(card),
        _line(card.notes) and f"## Notes\n\n{_line(card.notes)}",
    )
    return _front(card) + "\n\n".join(part for part in parts if part) + "\n"


def _front(card: Card) -> str:
    licence = _KNOWN_LICENCES.get(card.licence, "other")
    rows = [("license", licence), ("library_name", "gantool"), ("pipeline_tag", "image-to-image")]
    if licence == "other":
        rows.insert(1, ("license_name", card.licence))
    # JSON strings are YAML strings: nothing in a card can end the block.
    lines = [f"{key}: {json.dumps(value)}" for key, value in rows]
    return "\n".join(["---", *lines, f"tags: {json.dumps(['gantool', card.task])}", "---", "", ""])


def _use(card: Card, file: str, sha256: str, repository: str) -> str:
    pull = f"gantool weights pull hf:{repository}/{file} --sha256 {sha256}"
    run = f"gantool enhance {card.task} --weights {card.id} photo.jpg"
    return f'```sh\npip install "gantool[hub]"\n{pull}\n{run}\n```'


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
        ("commit", card.commit),
        ("trained on from", card.parent),
        ("blended from", ", ".join(f"{one.id} ({one.share:g})" for one in card.parents)),
    ]
    lines = [f"| {name} | {_cell(value)} |" for name, value in rows if value != ""]
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
