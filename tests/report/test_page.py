from __future__ import annotations

import base64
import hashlib
import math
import re

import pytest

from gantool.report.chart import Chart, Mark, Trace, chart_group, toolbar
from gantool.report.markup import Markup, element, join
from gantool.report.page import Section, data_block, render
from gantool.report.thinning import Curve
from gantool.report.viewer import Frame, viewer

from .parsing import check

HOSTILE = "</script><script>alert(1)</script><!-- \" ' & ${title}"


def page_with(body: Markup) -> str:
    return render(HOSTILE, element("h1", HOSTILE), [Section("part", HOSTILE, body)], HOSTILE)


def test_hostile_words_stay_words() -> None:
    page = check(page_with(element("p", HOSTILE)))
    assert page.count("script") == 1
    assert page.text.count(HOSTILE) == 6  # title, navigation, header, heading, body, footer


def test_data_cannot_end_its_block() -> None:
    page = check(page_with(data_block({HOSTILE: [HOSTILE, 1.5, None]})))
    assert page.blocks == [{HOSTILE: [HOSTILE, 1.5, None]}]
    with pytest.raises(ValueError, match="JSON compliant"):
        data_block([math.nan])


def test_the_policy_allows_the_pages_own_style_and_script_alone() -> None:
    html = page_with(Markup(""))
    policy = next(
        a["content"] for t, a in check(html).tags if a.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    assert "default-src 'none'" in policy
    for name in ("style", "script"):
        content = re.search(rf"<{name}>(.*?)</{name}>", html, re.S)
        assert content is not None
        digest = base64.b64encode(hashlib.sha256(content[1].encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy


def test_a_chart_carries_its_data_and_says_it_in_words() -> None:
    trace = Trace(HOSTILE, (1, 2, 3), (), Curve((0.5, None, 2.0)))
    page = check(
        page_with(
            join((toolbar(False, [Mark(2, HOSTILE)]), chart_group("Losses", [Chart("pixel", (trace,))])))
        )
    )
    marks, block = page.blocks
    assert block["traces"][0]["values"] == [0.5, None, 2.0]
    assert block["traces"][0]["name"] == HOSTILE
    assert marks == [{"step": 2, "text": HOSTILE}]
    (plot,) = (attrs for tag, attrs in page.tags if tag == "svg")
    assert "from 0.5 to 2, between 0.5 and 2" in str(plot["aria-label"])
    (time,) = (attrs for _, attrs in page.tags if attrs.get("value") == "time")
    assert "disabled" in time


def test_an_empty_chart_is_one_all_the_same() -> None:
    trace = Trace("a", (), (), Curve(()))
    assert check(page_with(chart_group("x", [Chart("a", (trace,))]))).count("figure") == 1


def test_the_newest_frame_shows_without_the_script() -> None:
    frames = [Frame(1, "image/jpeg", b"old", 3, 2, "reduced"), Frame(2, "image/png", b"new", 6, 4)]
    page = check(page_with(viewer(frames, "remark")))
    (image,) = (attrs for tag, attrs in page.tags if tag == "img")
    assert image["src"] == "data:image/png;base64," + base64.b64encode(b"new").decode()
    assert (image["width"], image["height"]) == ("6", "4")
    assert [frame["step"] for frame in page.blocks[0]] == [1, 2]
    assert page.blocks[0][0]["uri"].startswith("data:image/jpeg")
    assert any(attrs.get("type") == "range" for _, attrs in page.tags)
