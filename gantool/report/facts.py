"""Names and values, tables, and lights with sentences: the page's plain parts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

from gantool.report.markup import Child, Markup, element, join


class Tone(StrEnum):
    """How a light looks; its word and shape say the same as its colour."""

    GOOD = "good"
    WATCH = "watch"
    ACT = "act"


_SIGNS = {Tone.GOOD: "●", Tone.WATCH: "▲", Tone.ACT: "■"}

_LONG = "long"
_ROOM = 26
"""Characters beyond which a value gets a line of its own."""


def fact_list(facts: Iterable[tuple[str, Child]]) -> Markup:
    """Return a list of names and values; values may be long."""
    pairs = (
        element("div", element("dt", name), element("dd", value), class_=_LONG if _is_long(value) else None)
        for name, value in facts
    )
    return element("dl", join(pairs), class_="facts")


def masthead(kicker: str, title: str, figures: Iterable[tuple[str, str, str]], *more: Child) -> Markup:
    """Return a page's head: a line above its title, and its figures, each a name, a value and a note."""
    items = (
        element("div", element("dt", name), element("dd", value, element("small", note) if note else None))
        for name, value, note in figures
    )
    return join(
        (
            element("p", kicker, class_="kicker"),
            element("h1", title),
            element("dl", join(items), class_="figures"),
            *more,
        )
    )


def table(head: Sequence[Child], rows: Iterable[Sequence[Child]], *, label: str) -> Markup:
    """Return a table whose first column names its rows; it scrolls sideways where it is too wide."""
    top = element("tr", join(element("th", cell, scope="col") for cell in head))
    body = join(_row(row) for row in rows)
    whole = element("table", element("thead", top), element("tbody", body))
    return element("div", whole, class_="scroll", tabindex=0, role="region", aria_label=label)


def light(tone: Tone, title: str, sentence: str) -> Markup:
    """Return one light: a sign, a title, and what there is to say."""
    sign = element("span", _SIGNS[tone], class_="sign", aria_hidden="true")
    words = element(
        "div",
        element("strong", title),
        element("span", f" ({tone.value})", class_="visually-hidden"),
        element("p", sentence),
    )
    return element("li", sign, words, class_=f"light {tone.value}")


def folded(title: str, body: Markup, *, is_open: bool = False) -> Markup:
    """Return a part that opens at a click or a key."""
    return element("details", element("summary", title), body, open=is_open)


def _is_long(value: Child) -> bool:
    return len(str(value)) > _ROOM


def _row(cells: Sequence[Child]) -> Markup:
    first, *others = cells
    return element("tr", element("th", first, scope="row"), join(element("td", cell) for cell in others))
