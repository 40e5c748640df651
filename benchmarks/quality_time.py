"""Plot quality against time out of the tables of docs/benchmarks.md.

    python benchmarks/quality_time.py superres|denoise [--page FILE] [--out FILE.svg]

A network is drawn where the page's sections of quality and of speed both have it, so that the plot is as
fresh as these. What is printed is the line that shows the picture on the page.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from page import content
from plot import Dot, scatter

DOCS = Path(__file__).resolve().parents[1] / "docs"


@dataclass(frozen=True)
class Plot:
    """Which columns of which sections are drawn."""

    title: str
    quality: str
    heading: str
    figure: str
    speed: str
    across: str
    up: str


PLOTS = {
    "superres": Plot(
        title="Super-resolution x4 on a processor",
        quality="superres-quality",
        heading="Quality x4",
        figure="Set14",
        speed="superres-speed",
        across="seconds per LR megapixel",
        up="PSNR-Y on Set14, dB",
    ),
    "denoise": Plot(
        title="White noise of level 25 on a processor",
        quality="denoise-peers",
        heading="The peers' protocol",
        figure="CBSD68 25",
        speed="denoise-speed",
        across="seconds per megapixel",
        up="PSNR on CBSD68, dB",
    ),
}


def table(text: str, heading: str, column: str) -> Mapping[str, float]:
    """Return a column by the names in the first one, out of the table after a heading.

    A cell's first number counts; rows without one are left out. Names lose their asterisks.
    """
    rows = [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in text[text.index(heading) :].partition("\n")[2].partition("\n### ")[0].splitlines()
        if line.startswith("|")
    ]
    place = rows[0].index(column)
    return {
        row[0]: float(row[place].split()[0]) for row in rows[2:] if row[place].split()[0] not in ("-", "nan")
    }


def dots(plot: Plot, text: str) -> list[Dot]:
    """Return the networks that have both figures."""
    quality = table(content(text, plot.quality), plot.heading, plot.figure)
    speed = table(content(text, plot.speed), "Speed", "seconds")
    return [
        Dot(name.strip("*").partition(" (")[0], speed[name], figure, name.startswith("**"))
        for name, figure in quality.items()
        if name in speed
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("task", choices=sorted(PLOTS))
    parser.add_argument("--page", type=Path, default=DOCS / "benchmarks.md")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    plot = PLOTS[options.task]
    target = options.out or options.page.parent / "images" / f"{options.task}-quality-time.svg"
    found = dots(plot, options.page.read_text(encoding="utf-8"))
    target.write_text(scatter(plot.title, plot.across, plot.up, found), encoding="utf-8")
    print(f"![{plot.up} against {plot.across}]({os.path.relpath(target, options.page.parent)})")


if __name__ == "__main__":
    main()
