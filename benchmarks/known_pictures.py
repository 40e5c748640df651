"""Does super-resolution know its training pictures better than others? PSNR-Y on both, beside another tool.

    python benchmarks/known_pictures.py --data DIR [--scale N] [--count N] [WEIGHT ...]
        [--peers DIR --peers-home DIR [--peer NAME]]

`--data` is what a training run is given: N of its training pictures, drawn by a seed, and all that it holds
out, cut to their middles and reduced by Pillow's bicubic filter. Measured are bicubic enlargement, the
store's fidelity weights, and each WEIGHT, an id or a file of that scale. All are compared with the last: the
other tool, at x4, or the last WEIGHT, such as the weight before.

The other tool saw none of the pictures. Were ours behind it on the held-out ones alone, more pictures would
be missing; if it is behind on both alike, it has not learned all that is to be learned from those it has. How
far behind is told in the median, too: patterns at the limit of resolution are found or missed by chance, and
one such picture moves the mean.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from machine import stamp
from nets import Pixels, as_pixels, network
from PIL import Image
from superres_nets import available, bicubic
from superres_peers import Peers
from tables import markdown

from gantool.evaluation import as_tensor
from gantool.inference.result import Settings
from gantool.metrics import psnr_y
from gantool.train.held_out import middle_of
from gantool.train.layout import find_split
from gantool_superres.evaluate import reduce
from gantool_superres.options import SCALES, Kind, SuperResOptions

SIDE = 384
PEER_SCALE, PEER = 4, "span-x4-ch48 (ncnn)"

Enlarge = Callable[[str, Pixels], Pixels]
"""A picture's name and its pixels to larger ones."""

Scores = Mapping[str, Mapping[str, Sequence[float]]]
"""By method, then by group of pictures; the pictures always in one order."""


def groups(options: argparse.Namespace) -> Mapping[str, Sequence[Pixels]]:
    """Return the clean middles of training pictures and of those held out."""
    split = find_split(options.data, None)
    drawn = np.random.default_rng(0).choice(len(split.train), options.count, replace=False)
    chosen = {
        "training": [split.train[index] for index in sorted(drawn)],
        "held out": split.val,
    }
    return {
        name: [as_pixels(middle_of(file, SIDE, options.scale)) for file in files]
        for name, files in chosen.items()
    }


def by_peer(options: argparse.Namespace, small: Mapping[str, Pixels], scratch: Path) -> Enlarge:
    """Let the other tool enlarge everything; return what looks its results up."""
    inputs, outputs = scratch / "inputs", scratch / "outputs"
    inputs.mkdir()
    for name, pixels in small.items():
        Image.fromarray(pixels).save(inputs / f"{name}.png")
    peers = Peers(options.peers.resolve(), options.peers_home.resolve(), Path(), options.threads)
    worker = Path(__file__).with_name("superres_peer_worker.py")
    command = [peers.home / "v" / "bin" / "python", worker, peers.scripts, options.peer, inputs, outputs]
    subprocess.run([str(each) for each in command], check=True, env=peers.environment())

    def enlarge(name: str, pixels: Pixels) -> Pixels:
        with Image.open(outputs / f"{name}.png") as made:
            return np.array(made.convert("RGB"))

    return enlarge


def ours(scale: int, files: Sequence[str]) -> Mapping[str, Enlarge]:
    """Return bicubic enlargement, our fidelity weights, and the given ones."""

    def nameless(make: Callable[[Pixels], Pixels], name: str, pixels: Pixels) -> Pixels:
        return make(pixels)

    made = {"bicubic": bicubic(scale)}
    for weight in available((scale,)):
        if weight.options.kind is Kind.fidelity:
            name = f"{weight.options.kind.value}, {weight.options.size.value}"
            made[name] = network("superres", weight.options, Settings())
    for file in files:
        made[file] = network("superres", SuperResOptions(scale), Settings(), [file])
    return {name: partial(nameless, make) for name, make in made.items()}


def scores_of(
    methods: Mapping[str, Enlarge],
    clean: Mapping[str, Sequence[Pixels]],
    small: Mapping[str, Pixels],
    scale: int,
) -> Scores:
    """Return PSNR-Y of every method on every picture."""

    def score(enlarge: Enlarge, name: str, pixels: Pixels) -> float:
        return psnr_y(as_tensor(enlarge(name, small[name])), as_tensor(pixels), scale)

    return {
        method: {
            group: [score(enlarge, f"{group} {index}", pixels) for index, pixels in enumerate(pictures)]
            for group, pictures in clean.items()
        }
        for method, enlarge in methods.items()
    }


def row_of(method: str, scores: Scores, reference: str) -> list[str]:
    """Return a method's means, its medians of what it is ahead of the reference, and on how many pictures."""
    own, other = scores[method], scores[reference]
    ahead = {group: [a - b for a, b in zip(own[group], other[group], strict=True)] for group in own}
    return [
        method,
        *(f"{statistics.fmean(own[group]):.2f}" for group in own),
        *(f"{statistics.median(ahead[group]):+.2f}" for group in own),
        *("" if method == reference else str(sum(each > 0 for each in ahead[group])) for group in own),
    ]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("weights", nargs="*", metavar="WEIGHT")
    parser.add_argument("--data", type=Path, required=True, help="training pictures")
    parser.add_argument("--scale", type=int, choices=SCALES, default=PEER_SCALE)
    parser.add_argument("--peers", type=Path, help="folder with run_sr.py")
    parser.add_argument("--peers-home", type=Path, help="where the tool is installed")
    parser.add_argument("--peer", default=PEER)
    parser.add_argument("--count", type=int, default=48, help="training pictures")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    if (options.peers is None) != (options.peers_home is None):
        parser.error("--peers and --peers-home go together")
    if options.peers is not None and options.scale != PEER_SCALE:
        parser.error(f"the other tools enlarge by {PEER_SCALE}")
    return options


def main() -> None:
    options = arguments()
    torch.set_num_threads(options.threads)
    clean = groups(options)
    small = {
        f"{group} {index}": reduce(pixels, options.scale)
        for group, pictures in clean.items()
        for index, pixels in enumerate(pictures)
    }
    with tempfile.TemporaryDirectory() as scratch:
        methods = dict(ours(options.scale, options.weights))
        if options.peers is not None:
            methods[options.peer] = by_peer(options, small, Path(scratch))
        scores = scores_of(methods, clean, small, options.scale)
    *_, reference = methods
    print(stamp("benchmarks/known_pictures.py"))
    heads = [f"{group} ({len(pictures)})" for group, pictures in clean.items()]
    medians = [f"to the last in the median, {group}" for group in clean]
    ahead = [f"ahead of it on, {group}" for group in clean]
    print(
        markdown(
            ["PSNR-Y, dB", *heads, *medians, *ahead], [row_of(each, scores, reference) for each in methods]
        )
    )


if __name__ == "__main__":
    main()
