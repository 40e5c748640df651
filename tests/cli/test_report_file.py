"""Where a page goes: one function decides, whatever is there already."""

from __future__ import annotations

from pathlib import Path

import pytest

from gantool.cli.report_file import report_place
from gantool.errors import UsageError


@pytest.mark.parametrize("numbered", [False, True])
@pytest.mark.parametrize("overwrite", [False, True])
def test_a_free_name_is_taken(tmp_path: Path, overwrite: bool, numbered: bool) -> None:
    path = tmp_path / "page.html"
    assert report_place(path, overwrite=overwrite, numbered=numbered) == path


def test_a_page_that_exists_is_replaced_numbered_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    for name in ("page.html", "page-2.html"):
        (tmp_path / name).touch()
    assert report_place(path, overwrite=True) == path
    assert report_place(path, overwrite=True, numbered=True) == path
    assert report_place(path, overwrite=False, numbered=True) == tmp_path / "page-3.html"
    with pytest.raises(UsageError, match=r"--html .*page\.html exists; add --overwrite"):
        report_place(path, overwrite=False, flag="--html")


@pytest.mark.parametrize("numbered", [False, True])
@pytest.mark.parametrize(
    ("name", "words"), [("page.txt", "no name for a page"), ("no/page.html", "does not exist")]
)
def test_a_bad_place_is_refused_either_way(tmp_path: Path, name: str, words: str, numbered: bool) -> None:
    with pytest.raises(UsageError, match=words):
        report_place(tmp_path / name, overwrite=False, numbered=numbered)
