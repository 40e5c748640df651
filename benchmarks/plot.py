"""Line plots as SVG, for the tables' pictures: no library is needed for axes and lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT, LEFT, BOTTOM, MARGIN = 640, 400, 70, 50, 40
COLOURS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#8c564b")


@dataclass(frozen=True)
class Line:
    """A curve's name and its points, x rising."""

    name: str
    points: Sequence[tuple[float, float]]


def svg(title: str, across: str, up: str, lines: Sequence[Line]) -> str:
    """Return a plot; both axes begin at 0."""
    right = max(x for line in lines for x, _ in line.points)
    top = max(y for line in lines for _, y in line.points) * 1.05
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="13"><rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        text(WIDTH / 2, 22, title, size=15),
        text(WIDTH / 2, HEIGHT - 10, across),
        f'<g transform="rotate(-90 18 {HEIGHT / 2})">{text(18, HEIGHT / 2, up)}</g>',
        *(tick for share in (0, 0.25, 0.5, 0.75, 1) for tick in ticks(share, right, top)),
    ]
    for index, line in enumerate(lines):
        colour = COLOURS[index % len(COLOURS)]
        path = " ".join(f"{place_x(x / right):.1f},{place_y(y / top):.1f}" for x, y in line.points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for x, y in line.points:
            parts.append(
                f'<circle cx="{place_x(x / right):.1f}" cy="{place_y(y / top):.1f}" r="3" fill="{colour}"/>'
            )
        parts.append(text(LEFT + 12, 50 + 18 * index, line.name, anchor="start", colour=colour))
    return "\n".join([*parts, "</svg>\n"])


def ticks(share: float, right: float, top: float) -> tuple[str, str, str]:
    y = place_y(share)
    return (
        f'<line x1="{LEFT}" x2="{WIDTH - MARGIN}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>',
        text(LEFT - 8, y + 4, f"{share * top:.3g}", anchor="end"),
        text(place_x(share), HEIGHT - BOTTOM + 18, f"{share * right:.3g}"),
    )


def place_x(share: float) -> float:
    return LEFT + share * (WIDTH - LEFT - MARGIN)


def place_y(share: float) -> float:
    return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - MARGIN)


def text(x: float, y: float, words: str, anchor: str = "middle", colour: str = "#222", size: int = 13) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}" font-size="{size}">'
        f"{escape(words)}</text>"
    )
