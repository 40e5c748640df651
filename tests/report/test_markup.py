from __future__ import annotations

from gantool.report.markup import Markup, element, join, text


def test_everything_but_markup_is_escaped() -> None:
    assert element("p", "<b>&\"'", 3, None) == "<p>&lt;b&gt;&amp;&quot;&#x27;3</p>"
    assert element("p", element("b", "<")) == "<p><b>&lt;</b></p>"
    assert text(Markup("<i>")) == "<i>"
    assert join(["<", Markup("<br>")]) == "&lt;<br>"


def test_attributes() -> None:
    made = element("input", class_="a", data_x='"><', disabled=True, checked=False, name=None, min=0)
    assert made == '<input class="a" data-x="&quot;&gt;&lt;" disabled min="0">'
