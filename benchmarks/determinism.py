"""Whether a picture comes out the same, byte for byte: again, with other numbers of threads, in tiles.

    python benchmarks/determinism.py

Each task that enhances, by one of its weights, on one photograph's middle, on the CPU unless --device says
otherwise. What differs is told by the largest difference of an 8-bit value and the share of values.
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

Pixels = NDArray[np.uint8]
PHOTO = Path(__file__).parents[1] / "examples" / "photos" / "boat.jpg"
THREADS = (2, 3, 4)


@dataclass(frozen=True)
class Case:
    """A task, and options that name one of its weights."""

    task: str
    options: dict[str, Any] = field(default_factory=dict)


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
    apart = np.abs(first.astype(int) - second.astype(int))
    return f"{apart.max()} in {np.mean(apart > 0):.1e}"


def row(case: Case, given: Pixels, device: str) -> list[str]:
    cells = []
    for precision in ("fp32", "bf16"):
        first = made(case, given, device, precision=precision)
        others = [made(case, given, device, precision=precision)]
        others += [made(case, given, device, count, precision=precision) for count in THREADS]
        others += [made(case, given, device, precision=precision, tile=96)]
        cells += [compared(first, other) for other in others]
    said = ", ".join(f"{name} {value}" for name, value in case.options.items() if name != "box")
    return [f"{case.task} {said}".strip(), *cells]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--side", type=int, default=200, help="of the piece")
    parser.add_argument("--device", default="cpu")
    given = parser.parse_args()
    piece = middle(PHOTO, given.side)
    rows = [row(case, piece, given.device) for case in CASES]
    what = ["again", *(f"{count} threads" for count in THREADS), "tiles of 96"]
    heads = [f"{precision}, {name}" for precision in ("fp32", "bf16") for name in what]
    print(stamp("benchmarks/determinism.py"))
    print(markdown(["one thread against", *heads], rows))


if __name__ == "__main__":
    main()
