"""A page of prose and tables: what stands between markers is printed by the command that the marker names.

    <!-- begin NAME: benchmarks/x.py --data {data} -->
    ...
    <!-- end -->

Words in braces are folders that the caller gives. All else on the page is prose and stays as it is.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

_SECTION = re.compile(
    r"^<!-- begin (?P<name>[a-z0-9-]+): (?P<command>.+?) -->\n(?P<content>.*?)^<!-- end -->$",
    re.MULTILINE | re.DOTALL,
)
_MARKER = re.compile(r"^<!-- (?:begin\b.*?|end) ?-->$", re.MULTILINE | re.DOTALL)
_PLACE = re.compile(r"\{([a-z-]+)\}")
_STAMP = re.compile(r"^`python benchmarks/[^`]*`")


class PageError(ValueError):
    """The markers do not fit, or a folder is missing."""


@dataclass(frozen=True)
class Section:
    """A part of the page between markers; `command` has its places still in braces."""

    name: str
    command: str

    @property
    def places(self) -> tuple[str, ...]:
        """Return the names in braces, each once."""
        return tuple(dict.fromkeys(_PLACE.findall(self.command)))

    def words(self, folders: Mapping[str, str]) -> list[str]:
        """Return the command's words with the folders put in.

        Raises:
            PageError: a folder is not given.
        """
        absent = [place for place in self.places if place not in folders]
        if absent:
            raise PageError(f"it needs {', '.join(f'--{place}' for place in absent)}")
        words = shlex.split(self.command)
        return [_PLACE.sub(lambda found: folders[found[1]], word) for word in words]

    @property
    def shown(self) -> str:
        """Return the command on one line, places in capitals, as a reader would type it."""
        return _PLACE.sub(lambda found: found[1].replace("-", "_").upper(), " ".join(self.command.split()))


def sections(text: str) -> tuple[Section, ...]:
    """Return the page's sections in their order.

    Raises:
        PageError: a marker without its other one, or two sections of one name.
    """
    found = tuple(Section(match["name"], match["command"]) for match in _SECTION.finditer(text))
    whole = [match[0] for match in _SECTION.finditer(text)]
    inside = sum(len(_MARKER.findall(part)) for part in whole)
    if inside != 2 * len(found) or len(_MARKER.findall(text)) != inside:
        raise PageError("a begin marker has no end marker, or the other way round")
    names = [section.name for section in found]
    for name in names:
        if names.count(name) > 1:
            raise PageError(f"two sections are called {name}")
    return found


def filled(text: str, section: Section, output: str) -> str:
    """Return the page with `output` in the place of what stood in the section.

    Raises:
        PageError: the page has no such section (any more).
    """
    content = _presented(output, section)

    def put(match: re.Match[str]) -> str:
        if match["name"] != section.name:
            return match[0]
        return f"<!-- begin {match['name']}: {match['command']} -->\n\n{content}\n\n<!-- end -->"

    if section.name not in (one.name for one in sections(text)):
        raise PageError(f"the page has no section {section.name} any more")
    return _SECTION.sub(put, text)


def content(text: str, name: str) -> str:
    """Return what stands in a section.

    Raises:
        PageError: the page has no such section.
    """
    for match in _SECTION.finditer(text):
        if match["name"] == name:
            return match["content"]
    raise PageError(f"the page has no section {name}")


def _presented(output: str, section: Section) -> str:
    """Return the output with the whole command in its stamp, and the stamp under the first heading."""
    first, _, rest = output.strip().partition("\n")
    if not _STAMP.match(first):
        return output.strip()
    stamp = _STAMP.sub(lambda _: f"`python {section.shown}`", first)
    rest = rest.strip()
    if not rest.startswith("#"):
        return f"{stamp}\n\n{rest}"
    heading, _, body = rest.partition("\n")
    return f"{heading}\n\n{stamp}\n\n{body.strip()}"
