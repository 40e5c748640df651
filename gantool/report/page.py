"""The page around the sections: title, navigation, style and script, all in one file that fetches nothing."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from importlib import resources
from string import Template
from typing import Any

from gantool.report.markup import Markup, element, join, text


class Kit(Enum):
    """What a page's content needs: its scripts, and styles beyond the common one."""

    CURVES = ("scales.js", "charts.js", "controls.js", "viewer.js")
    PICTURES = ("compare.js", "gallery.js", "compare.css")

    def asset(self, suffix: str) -> str:
        """Return the kit's files of that suffix, one after the other."""
        return "\n".join(_asset(name) for name in self.value if name.endswith(suffix))


@dataclass(frozen=True)
class Section:
    """A part of the page, named in the navigation; `id` is its anchor (letters and hyphens)."""

    id: str
    title: str
    body: Markup


def render(
    title: str, header: Markup, sections: Sequence[Section], footer: str, kit: Kit = Kit.CURVES
) -> str:
    """Return a whole page. Its content security policy allows its own style and script, and no fetching."""
    style = _asset("style.css") + kit.asset(".css")
    script = kit.asset(".js")
    return Template(_asset("page.html")).substitute(
        title=text(title),
        policy=text(_policy(style, script)),
        style=style,
        script=script,
        navigation=join(element("a", section.title, href=f"#{section.id}") for section in sections),
        header=header,
        sections=join(_section(section) for section in sections),
        footer=text(footer),
    )


def data_block(record: Any) -> Markup:
    """Return JSON for the page's script to read; nothing in it can end the block. NaN is refused."""
    raw = json.dumps(record, separators=(",", ":"), allow_nan=False)
    safe = raw.replace("<", "\\u003c").replace("&", "\\u0026")
    return Markup(f'<script type="application/json">{safe}</script>')


def _section(section: Section) -> Markup:
    heading = element("h2", section.title, id=f"{section.id}-title")
    return element("section", heading, section.body, id=section.id, aria_labelledby=f"{section.id}-title")


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; img-src data:; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


def _asset(name: str) -> str:
    return resources.files("gantool.report").joinpath("assets", name).read_text(encoding="utf-8")
