"""The core knows no task: not one of the project's own is named anywhere in it."""

from __future__ import annotations

import re
from pathlib import Path

import gantool

CORE = Path(gantool.__file__).parent
TASK_NAME = re.compile(
    r"super_?res(?!o)|\bdenois(e|er|ing)\b|\binpaint(ing|er)?\b|style[ _-]transfer|[\"'`]generate[\"'`]",
    re.IGNORECASE,
)


def mentions(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if TASK_NAME.search(line)]


def test_the_pattern_finds_what_it_should() -> None:
    assert mentions("from gantool_superres import x")
    assert mentions('load("generate")')
    assert mentions("a style_transfer task")
    assert not mentions("the generator generates")
    assert not mentions("the super-resolution papers")


def test_no_source_file_of_the_core_names_a_task() -> None:
    sources = sorted(CORE.rglob("*.py"))
    assert len(sources) > 10
    found = {str(path.relative_to(CORE)): mentions(path.read_text(encoding="utf-8")) for path in sources}
    assert {path: lines for path, lines in found.items() if lines} == {}
