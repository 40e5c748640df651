"""Line plots and scatter plots as SVG, for the tables' pictures: no library is needed for axes and lines."""

from __future__ import annotations

import math
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
        *frame(title, across, up),
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


@dataclass(frozen=True)
class Dot:
    """A named point; `own` dots are drawn strong."""

    name: str
    x: float
    y: float
    own: bool


def scatter(title: str, across: str, up: str, dots: Sequence[Dot]) -> str:
    """Return a plot of named points; the x axis is logarithmic, and neither begins at 0."""
    lefts, rights = min(dot.x for dot in dots) / 1.3, max(dot.x for dot in dots) * 1.3
    room = 0.08 * (max(dot.y for dot in dots) - min(dot.y for dot in dots)) or 1.0
    low, high = min(dot.y for dot in dots) - room, max(dot.y for dot in dots) + room
    span = math.log(rights / lefts)
    parts = frame(title, across, up)
    for tick in round_numbers(lefts, rights):
        x = place_x(math.log(tick / lefts) / span)
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{MARGIN}" y2="{HEIGHT - BOTTOM}" stroke="#ddd"/>'
            + text(x, HEIGHT - BOTTOM + 18, f"{tick:g}")
        )
    for share in (0, 0.25, 0.5, 0.75, 1):
        y = place_y(share)
        parts.append(
            f'<line x1="{LEFT}" x2="{WIDTH - MARGIN}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>'
            + text(LEFT - 8, y + 4, f"{low + share * (high - low):.1f}", anchor="end")
        )
    placed = [
        (dot, place_x(math.log(dot.x / lefts) / span), place_y((dot.y - low) / (high - low)))
        for dot in sorted(dots, key=lambda one: not one.own)
    ]
    taken = [(x - 5, x + 5, y) for _, x, y in placed]
    parts += [labelled(dot, x, y, taken) for dot, x, y in placed]
    return "\n".join([*parts, "</svg>\n"])


def labelled(dot: Dot, x: float, y: float, taken: list[tuple[float, float, float]]) -> str:
    """Return a dot with its name beside it, where no name of `taken` (left, right, height) is yet."""
    colour, long = "#d62728" if dot.own else "#1f77b4", 6.2 * len(dot.name)
    spots = [
        (side, down)
        for down in (0, 13, -13, 26, -26, 39, -39)
        for side in (("start", "end") if x + long < WIDTH else ("end", "start"))
    ]
    for anchor, down in spots:
        left = x + 8 if anchor == "start" else x - 8 - long
        if left < LEFT or left + long > WIDTH or not MARGIN < y + down < HEIGHT - BOTTOM:
            continue
        if all(left + long < a or left > b or abs(y + down - height) > 12 for a, b, height in taken):
            break
    taken.append((left, left + long, y + down))
    name = text(x + (8 if anchor == "start" else -8), y + down + 4, dot.name, anchor, colour, 11)
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{5 if dot.own else 4}" fill="{colour}"/>{name}'


def round_numbers(low: float, high: float) -> list[float]:
    """Return 1, 2, 5 times powers of ten from `low` to `high`."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    every = [digit * 10.0**power for power in range(first, last + 1) for digit in (1, 2, 5)]
    return [number for number in every if low <= number <= high]


def frame(title: str, across: str, up: str) -> list[str]:
    """Return the plot's beginning: ground, title, and what the axes show."""
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="13"><rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        text(WIDTH / 2, 22, title, size=15),
        text(WIDTH / 2, HEIGHT - 10, across),
        f'<g transform="rotate(-90 18 {HEIGHT / 2})">{text(18, HEIGHT / 2, up)}</g>',
    ]


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
