"""Which places that raise a GantoolError are reached by the tests, and which are not.

    python benchmarks/error_sites.py [pytest's arguments]

Runs pytest in this process and notes where errors are made; what runs in other processes is not seen. Places
are found in the sources, as `raise SomeError(...)` or a return of one.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from gantool import errors
from gantool.errors import GantoolError

ROOT = Path(__file__).parents[1]
NAMES = {
    name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, GantoolError)
}
Site = tuple[str, int]


def sites() -> Iterator[tuple[Site, int]]:
    """Yield file and first line of each call that makes an error, and its last line."""
    for path in sorted([*ROOT.glob("gantool/**/*.py"), *ROOT.glob("plugins/**/*.py")]):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in NAMES:
                yield (str(path), node.lineno), node.end_lineno or node.lineno


def caller() -> FrameType | None:
    """Return the frame that makes the error: the first one outside errors.py and this file."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and frame.f_code.co_filename in (errors.__file__, __file__):
        frame = frame.f_back
    return frame


def main() -> None:
    seen: set[Site] = set()
    inner = GantoolError.__init__

    def noted(self: GantoolError, *arguments: Any, **named: Any) -> None:
        frame = caller()
        if frame is not None:
            seen.add((frame.f_code.co_filename, frame.f_lineno))
        inner(self, *arguments, **named)

    GantoolError.__init__ = noted  # type: ignore[method-assign]
    code = pytest.main(sys.argv[1:] or ["-q", "-p", "no:cacheprovider"])
    found = list(sites())
    missed = [
        (Path(path).relative_to(ROOT), line)
        for (path, line), last in found
        if not any((path, at) in seen for at in range(line, last + 1))
    ]
    print(f"\n{len(found) - len(missed)} of {len(found)} places that make an error are reached")
    print(*(f"{path}:{line}" for path, line in sorted(missed)), sep="\n")
    sys.exit(int(code))


if __name__ == "__main__":
    main()
