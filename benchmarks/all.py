"""Fill docs/benchmarks.md: run the commands that its markers name, and put in what they print.

    python benchmarks/all.py --data DIR --peers DIR --peers-home DIR --nets DIR [--only NAME] [--skip NAME]
    python benchmarks/all.py --list

`--only` and `--skip` take names or patterns such as 'superres-*' and may be repeated; times should be
measured on a quiet machine, `--only '*speed'`. Sections are run in the page's order, each is written as soon
as its command is done, and prose stays. A command that fails, or whose folder is not given, leaves its
section as it was and is named; the exit code is then 1.

`--data` holds eval/ (Set5, Set14, CBSD68, Kodak24), style/ and digits/; `--nets` feature networks and
community/; `--peers` the scripts that run other tools, `--peers-home` where these are installed. `--work` is
a folder for what long commands make and go on with.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from page import PageError, Section, filled, sections

from gantool.atomic import write_atomic
from gantool.errors import GantoolError

ROOT = Path(__file__).resolve().parents[1]
PLACES = ("data", "peers", "peers-home", "nets", "work")


def wanted(found: Sequence[Section], only: Sequence[str], skip: Sequence[str]) -> list[Section]:
    """Return the sections that are asked for.

    Raises:
        PageError: a pattern names no section.
    """
    for pattern in (*only, *skip):
        if not any(fnmatchcase(section.name, pattern) for section in found):
            raise PageError(f"no section is called {pattern}; --list shows them")
    chosen = [one for one in found if not only or any(fnmatchcase(one.name, each) for each in only)]
    return [one for one in chosen if not any(fnmatchcase(one.name, each) for each in skip)]


def fill(page: Path, section: Section, folders: Mapping[str, str]) -> None:
    """Run one section's command and write the page.

    Raises:
        PageError: a folder is not given, or the command fails or prints nothing.
    """
    command = [sys.executable, *section.words(folders)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        last = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()[-1]
        raise PageError(f"exit code {done.returncode}: {last}")
    if not done.stdout.strip():
        raise PageError("it printed nothing")
    # Read again: somebody may have written prose while the command ran.
    text = filled(page.read_text(encoding="utf-8"), section, done.stdout)
    write_atomic(page, text.encode(), error=GantoolError)


def run(page: Path, chosen: Sequence[Section], folders: Mapping[str, str]) -> int:
    """Fill the sections one after another; return how many could not be filled."""
    failures = 0
    for section in chosen:
        began = time.monotonic()
        try:
            fill(page, section, folders)
        except PageError as problem:
            failures += 1
            print(f"{section.name}: left as it was ({problem})", file=sys.stderr, flush=True)
        else:
            print(f"{section.name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return failures


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "benchmarks.md")
    parser.add_argument("--only", action="append", default=[], metavar="NAME")
    parser.add_argument("--skip", action="append", default=[], metavar="NAME")
    parser.add_argument("--list", action="store_true", help="show the sections and their commands")
    for place in PLACES:
        parser.add_argument(f"--{place}", type=Path, help=f"what {{{place}}} stands for in the markers")
    return parser.parse_args()


def main() -> int:
    options = arguments()
    given = {place: getattr(options, place.replace("-", "_")) for place in PLACES}
    folders = {place: str(path.resolve()) for place, path in given.items() if path is not None}
    try:
        chosen = wanted(sections(options.page.read_text(encoding="utf-8")), options.only, options.skip)
    except PageError as problem:
        print(f"{options.page}: {problem}", file=sys.stderr)
        return 2
    if options.list:
        for section in chosen:
            print(f"{section.name}\n    python {section.shown}")
        return 0
    return 1 if run(options.page, chosen, folders) else 0


if __name__ == "__main__":
    sys.exit(main())
