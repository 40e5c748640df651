"""`--help` of every command on narrow terminals: what is to be typed stands there whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from gantool.cli.lazy import LazyGroup
from gantool.cli.root import command

from .conftest import Run


def commands(group: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command with the words that call it."""
    for name in group.list_commands(None):
        found = group.load(name) if isinstance(group, LazyGroup) else group.commands[name]
        yield (*words, name), found
        if hasattr(found, "list_commands"):
            yield from commands(found, (*words, name))


ROW = ("enhance", "style-transfer,superres")
EVERY = [*commands(command()), (ROW, command().load("enhance").load(ROW[1]))]


@pytest.mark.parametrize("width", [80, 60])
@pytest.mark.parametrize(("words", "found"), EVERY, ids=[" ".join(words) for words, _ in EVERY])
def test_no_name_is_cut(
    run: Run, words: tuple[str, ...], found: Any, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    text = run(*words, "--help").out
    shown = set(re.findall(r"(?<![\w.-])-[\w.-]+", text))
    declared = {
        flag
        for option in found.params
        if option.param_type_name == "option" and not option.hidden
        for flag in (*option.opts, *option.secondary_opts)
    }
    assert declared - shown == set()
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= width
