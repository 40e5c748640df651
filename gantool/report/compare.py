"""One comparison: layers over one another, a divider between them; the script zooms and pans."""

from __future__ import annotations

from collections.abc import Sequence

from gantool.report.markup import Markup, element, join
from gantool.report.preview import Coded, Preview

LABELS = ("Before", "After", "Truth")
"""What the layers are called."""


def comparison(name: str, preview: Preview, labels: Sequence[str] = LABELS) -> Markup:
    """Return the layers of a preview with their divider; without the script they stand side by side."""
    window = preview.window
    layers = join(
        _layer(layer, f"{label}: {name}", kind)
        for layer, label, kind in zip(preview.layers, labels, ("under", "over", "other"), strict=False)
    )
    stage = element(
        "div",
        element("div", layers, class_="plane"),
        element("div", element("span", class_="grip"), class_="divider", aria_hidden="true"),
        element("span", labels[0], class_="tag left", aria_hidden="true"),
        element("span", labels[1], class_="tag right", aria_hidden="true"),
        class_="stage",
        tabindex=0,
        role="group",
        aria_label=f"{name}. Arrow keys move it, plus and minus zoom, 0 is 100 %, Enter shows it large.",
    )
    return element(
        "div",
        stage,
        _controls(name, labels, has_truth=len(preview.layers) > 2),
        class_="compare",
        data_width=window.width,
        data_height=window.height,
    )


def thumbnail(preview: Preview, name: str) -> Markup:
    """Return the whole picture, small, with a frame around the part that can be compared."""
    small, window = preview.thumbnail, preview.window
    image = element(
        "img",
        src=small.uri,
        width=small.width,
        height=small.height,
        alt=name,
        loading="lazy",
        decoding="async",
    )
    if preview.is_whole:
        return element("span", image, class_="thumb")
    part = element("rect", x=window.x, y=window.y, width=window.width, height=window.height)
    box = f"0 0 {preview.width} {preview.height}"
    frame = element("svg", part, viewBox=box, preserveAspectRatio="none", aria_hidden="true")
    return element("span", image, frame, class_="thumb")


def _layer(layer: Coded, words: str, kind: str) -> Markup:
    return element(
        "img",
        class_=f"layer {kind}",
        src=layer.uri,
        width=layer.width,
        height=layer.height,
        alt=words,
        draggable="false",
        loading="lazy",
        decoding="async",
    )


def _controls(name: str, labels: Sequence[str], *, has_truth: bool) -> Markup:
    slider = element(
        "input",
        type="range",
        min=0,
        max=100,
        step="0.5",
        value=50,
        aria_label=f"Divider between {labels[0].lower()} and {labels[1].lower()} of {name}",
    )
    truth = _button("other", labels[-1], f"Compare with: {labels[-1].lower()}") if has_truth else None
    return element(
        "div",
        slider,
        truth,
        _button("out", "−", "Zoom out"),
        element("output", "100 %", class_="zoom"),
        _button("in", "+", "Zoom in"),
        _button("back", "◀", "Previous picture"),
        _button("on", "▶", "Next picture"),
        _button("large", "Large", "Show large"),
        class_="controls",
    )


def _button(action: str, title: str, label: str) -> Markup:
    return element("button", title, type="button", data_action=action, aria_label=label, title=label)
