"""Pictures over time: one frame at a time, a slider through them."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from gantool.report.markup import Markup, element
from gantool.report.page import data_block


@dataclass(frozen=True)
class Frame:
    """An encoded picture (`kind` is `image/png` and the like), its size in pixels, and the step it shows."""

    step: int
    kind: str
    content: bytes
    width: int
    height: int
    note: str = ""

    @property
    def uri(self) -> str:
        """Return the picture as a data URI."""
        return f"data:{self.kind};base64,{base64.b64encode(self.content).decode()}"


def viewer(frames: Sequence[Frame], remark: str) -> Markup:
    """Return the newest frame, and the means to go back; `frames` are in the order of their steps."""
    newest = frames[-1]
    picture = element(
        "img", src=newest.uri, width=newest.width, height=newest.height, alt=f"Samples at step {newest.step}"
    )
    slider = element(
        "input",
        type="range",
        min=0,
        max=len(frames) - 1,
        value=len(frames) - 1,
        aria_label="Step of the samples",
    )
    controls = element(
        "div",
        _button("back", "◀", "Earlier samples"),
        slider,
        _button("on", "▶", "Later samples"),
        element("output", class_="step"),
        _button("play", "Play", "Play the samples in order"),
        _button("whole", "Actual size", "Show the samples at their actual size"),
        class_="controls",
    )
    # The newest frame's picture is in the page already: its place stays empty.
    record = [
        {"step": frame.step, "note": frame.note, "uri": "" if frame is newest else frame.uri}
        for frame in frames
    ]
    return element(
        "div",
        controls if len(frames) > 1 else None,
        element("div", picture, class_="stage", tabindex=0, role="group", aria_label="Samples"),
        element("p", remark, class_="hint"),
        data_block(record),
        class_="viewer",
    )


def _button(action: str, sign: str, label: str) -> Markup:
    return element("button", sign, type="button", data_action=action, aria_label=label, title=label)
