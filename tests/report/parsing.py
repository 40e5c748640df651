"""What a browser would find in a page."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any

VOID = {"meta", "link", "img", "input", "br", "hr"}
FETCHING = {"src", "href", "srcset", "action", "data", "poster", "xlink:href"}


class Page(HTMLParser):
    """Elements, text, data blocks; `unbalanced` names end tags that close nothing."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.unbalanced: list[str] = []
        self.text = ""
        self.blocks: list[Any] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("script", "style"):
            if self.tags[-1][1].get("type") == "application/json":
                self.blocks.append(json.loads(data))
        else:
            self.text += data

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.tags)

    def addresses(self) -> list[str]:
        """Return all that a browser would go to or fetch."""
        return [str(value) for _, attrs in self.tags for key, value in attrs.items() if key in FETCHING]


def check(html: str) -> Page:
    """Return the page; AssertionError where it is not whole or would fetch anything."""
    page = Page(html)
    assert html.startswith("<!doctype html>")
    assert (page.unbalanced, page.open) == ([], [])
    assert [one for one in page.addresses() if not one.startswith(("data:", "#"))] == []
    style = html[html.index("<style>") : html.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style
    return page
