"""The tests on every Python and at both ends of what pyproject.toml allows: `nox`, or `nox -s tests-3.12`.

What was run so far, and where, is in docs/reliability.md.
"""

from __future__ import annotations

import nox

nox.options.sessions = ["tests", "oldest"]
OLDEST = ("torch==2.11.0", "torchvision==0.26.0")


@nox.session(python=["3.11", "3.12", "3.13", "3.14"])
def tests(session: nox.Session) -> None:
    """The newest releases of everything."""
    session.install("-e", ".[dev]")
    session.run("pytest", *session.posargs)


@nox.session(python=["3.11", "3.13"])
def oldest(session: nox.Session) -> None:
    """The oldest torch that is allowed, all else as new as it goes with that."""
    session.install("-e", ".[dev]", *OLDEST)
    session.run("pytest", *session.posargs)
