"""The command that fills the page of benchmarks: tables are replaced, prose and failures stay."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.page import PageError, Section, filled, sections

ROOT = Path(__file__).parents[2]
PAGE = """# Toy

Prose before.

<!-- begin good: {scripts}/good.py --only two -->

old table

<!-- end -->

Prose between.

<!-- begin bad: {scripts}/bad.py -->
kept
<!-- end -->

<!-- begin folder: {scripts}/good.py
     {nets}/x -->
kept, too
<!-- end -->
Prose after.
"""
GOOD = """import sys
print("`python benchmarks/good.py`, today, this machine\\n")
print("### Heading\\n\\n| a |\\n| --- |\\n| " + sys.argv[-1] + " |\\n")
"""
BAD = "import sys\nprint('half a table')\nsys.exit('it broke here')\n"


@pytest.fixture
def page(tmp_path: Path) -> Path:
    (tmp_path / "good.py").write_text(GOOD)
    (tmp_path / "bad.py").write_text(BAD)
    path = tmp_path / "page.md"
    path.write_text(PAGE.replace("{scripts}", str(tmp_path)))
    return path


def fill(page: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "benchmarks" / "all.py"), "--page", str(page), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_tables_are_replaced_and_everything_else_stays(page: Path) -> None:
    before = page.read_text()
    answer = fill(page)
    assert answer.returncode == 1
    assert "bad: left as it was (exit code 1: it broke here)" in answer.stderr
    assert "folder: left as it was (it needs --nets)" in answer.stderr
    after = page.read_text()
    stamp = f"`python {page.parent}/good.py --only two`, today, this machine"
    assert f"### Heading\n\n{stamp}\n\n| a |\n| --- |\n| two |" in after
    assert "old table" not in after
    assert before.partition("<!-- begin bad")[2] == after.partition("<!-- begin bad")[2]
    assert before.partition("\nold table")[0] == after.partition("\n### Heading")[0]
    assert not list(page.parent.glob(".gantool-*"))


def test_what_is_not_asked_for_is_not_run(page: Path) -> None:
    before = page.read_text()
    assert fill(page, "--only", "fold*", "--nets", str(page.parent)).returncode == 0
    after = page.read_text()
    assert "old table" in after
    assert f"| {page.parent}/x |" in after
    assert "kept, too" in before
    assert "kept, too" not in after


def test_the_list_shows_what_would_be_run(page: Path) -> None:
    answer = fill(page, "--list", "--skip", "bad")
    assert answer.returncode == 0
    scripts = page.parent
    assert answer.stdout.splitlines() == [
        *("good", f"    python {scripts}/good.py --only two"),
        *("folder", f"    python {scripts}/good.py NETS/x"),
    ]


def test_an_unknown_name_is_refused(page: Path) -> None:
    answer = fill(page, "--only", "goood")
    assert answer.returncode == 2
    assert "no section is called goood" in answer.stderr


@pytest.mark.parametrize(
    "text",
    [
        "<!-- begin a: x.py -->\n",
        "<!-- end -->\n",
        "<!-- begin a: x.py -->\n<!-- begin b: x.py -->\n<!-- end -->\n",
        "<!-- begin a: x.py -->\n<!-- end -->\n<!-- begin a: y.py -->\n<!-- end -->\n",
    ],
)
def test_markers_that_do_not_fit_are_refused(text: str) -> None:
    with pytest.raises(PageError):
        sections(text)


def test_filling_twice_changes_nothing() -> None:
    text = "<!-- begin a: x.py -->\n<!-- end -->\n"
    section = Section("a", "x.py")
    once = filled(text, section, "table\n\n")
    assert filled(once, section, "table") == once
    with pytest.raises(PageError, match="no section b"):
        filled(text, Section("b", "x.py"), "table")


def test_the_pages_of_this_project_have_sound_markers() -> None:
    for name in ("benchmarks.md", "training.md"):
        for section in sections((ROOT / "docs" / name).read_text(encoding="utf-8")):
            script = section.words(dict.fromkeys(section.places, "folder"))[0]
            assert (ROOT / script).is_file(), section.name
