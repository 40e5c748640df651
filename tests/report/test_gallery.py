from __future__ import annotations

import json
from dataclasses import replace

import pytest

from gantool.report.gallery import page_of

from .galleries import made, report
from .parsing import check

HOSTILE = "</script><img src=x onerror=alert(1)>'\"&${title}"


def test_every_part_is_on_the_page() -> None:
    page = check(page_of(report([made(seed=seed) for seed in range(3)])))
    assert page.count("article") == 3
    assert page.count("img") == 3 * 3  # thumbnail, before, after
    titles = ("Failed", "Pictures", "Figures", "Skipped", "Weights", "Options", "Environment")
    assert all(title in page.text for title in titles)
    assert "photo.png is damaged; give another" in page.text
    sliders = [attrs for _, attrs in page.tags if attrs.get("type") == "range"]
    assert len({slider["aria-label"] for slider in sliders}) == 3
    names = {attrs["id"] for _, attrs in page.tags if "id" in attrs}
    assert {name[1:] for name in page.addresses() if name.startswith("#")} <= names


def test_hostile_names_stay_words() -> None:
    page = check(page_of(report([made(), None], HOSTILE)))
    assert page.count("img") == 2
    assert page.count("script") == 1
    assert page.text.count(HOSTILE) >= 10


def test_figures_that_are_missing_or_infinite_are_said() -> None:
    whole = report([made(), made()])
    first = replace(whole.entries[0], figures=(1.0, float("inf")))
    page = check(page_of(replace(whole, entries=(first, whole.entries[1]))))
    assert "∞" in page.text
    assert "–" in page.text
    kept = [json.loads(str(attrs["data-figures"])) for tag, attrs in page.tags if tag == "article"]
    assert kept == [[1.0, 1e300], [1.5, None]]


def test_pictures_beyond_those_shown_are_in_the_table() -> None:
    page = check(page_of(report([made(), None, None])))
    assert page.count("article") == 1
    assert "1 of 3 pictures are shown" in page.text
    assert "photo-2.png" in page.text


def test_without_pictures_there_is_a_page() -> None:
    assert "None was made." in check(page_of(report([]))).text


@pytest.mark.parametrize("count", [200, 400])
def test_two_hundred_pictures_that_compress_badly_stay_under_the_limit(count: int) -> None:
    few = [made(count, seed, (900, 700)) for seed in range(3)]
    page = page_of(report([few[index % 3] for index in range(count)]))
    assert 8_000_000 < len(page.encode()) < 15_000_000
