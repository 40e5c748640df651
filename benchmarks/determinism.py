"""Whether a picture comes out the same, byte for byte: again, with other numbers of threads, in tiles.

    python benchmarks/determinism.py

Each task that enhances, by one of its weights, on one photograph's middle, on the CPU unless --device says
otherwise. What differs is told by the largest difference and the share of values that differ.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from machine import stamp
from numpy.typing import NDArray
from PIL import Image
from tables import markdown

from gantool import load

Pixels = NDArray[Any]
PHOTO = Path(__file__).parents[1] / "examples" / "photos" / "boat.jpg"
THREADS = (2, 3, 4)
TILE = 96


@dataclass(frozen=True)
class Case:
    """A task, and options that name one of its weights."""

    task: str
    options: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return the task and what tells its weight from others."""
        said = ", ".join(f"{name} {value}" for name, value in self.options.items() if name != "box")
        return f"{self.task} {said}".strip()


CASES = (
    Case("superres", {"scale": 2, "kind": "fidelity"}),
    Case("superres", {"scale": 4, "kind": "photo"}),
    Case("denoise"),
    Case("inpaint", {"box": ["40,40,60,30"]}),
    Case("style-transfer", {"style": "mosaic"}),
)


def middle(path: Path, side: int) -> Pixels:
    picture = Image.open(path).convert("RGB")
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    return np.asarray(picture.crop((left, top, left + side, top + side)))


def made(case: Case, given: Pixels, device: str, threads: int = 1, **settings: Any) -> Pixels:
    torch.set_num_threads(threads)
    result: Pixels = load(case.task, device=device, **settings, **case.options)(given)
    return result


def compared(first: Pixels, second: Pixels) -> str:
    if np.array_equal(first, second):
        return "identical"
    apart = np.abs(first.astype(np.float64) - second)
    return f"{apart.max():.1e} in {np.mean(apart > 0):.1e}"


def rows(case: Case, given: Pixels, device: str) -> list[list[str]]:
    """Return a row for each precision, its values rounded to 8 bits, and for fp32 not rounded, too."""
    unrounded = given.astype(np.float32) / 255
    kinds = [("fp32, 8 bits", "fp32", given), ("fp32, unrounded", "fp32", unrounded)]
    return [
        [f"{case}: {name}", *against(case, pixels, device, precision)]
        for name, precision, pixels in (*kinds, ("bf16, 8 bits", "bf16", given))
    ]


def against(case: Case, given: Pixels, device: str, precision: str) -> list[str]:
    first = made(case, given, device, precision=precision)
    others = [made(case, given, device, precision=precision)]
    others += [made(case, given, device, count, precision=precision) for count in THREADS]
    others += [made(case, given, device, precision=precision, tile=TILE)]
    return [compared(first, other) for other in others]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--side", type=int, default=200, help="of the piece")
    parser.add_argument("--device", default="cpu")
    given = parser.parse_args()
    piece = middle(PHOTO, given.side)
    table = [row for case in CASES for row in rows(case, piece, given.device)]
    what = ["again", *(f"{count} threads" for count in THREADS), f"tiles of {TILE}"]
    print(stamp("benchmarks/determinism.py"))
    print(markdown(["one thread against", *what], table))


if __name__ == "__main__":
    main()
