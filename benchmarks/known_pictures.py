"""Does super-resolution know its training pictures better than others? PSNR-Y on both, beside another tool.

    python benchmarks/known_pictures.py --data DIR --peers DIR --peers-home DIR [--peer NAME] [--count N]

`--data` is what a training run is given: N of its training pictures, drawn by a seed, and all that it holds
out, cut to their middles and reduced by Pillow's bicubic filter. The other tool saw none of them. Were ours
behind it on the held-out pictures alone, more pictures would be missing; if it is behind on both alike, it
has not learned all that is to be learned from those it has. How far behind is told in the median, too:
patterns at the limit of resolution are found or missed by chance, and one such picture moves the mean.
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
from gantool_superres.options import Kind

SCALE, SIDE = 4, 384
PEER = "span-x4-ch48 (ncnn)"

Enlarge = Callable[[str, Pixels], Pixels]
"""A picture's name and its pixels to larger ones."""


def groups(options: argparse.Namespace) -> Mapping[str, Sequence[Pixels]]:
    """Return the clean middles of training pictures and of those held out."""
    split = find_split(options.data, None)
    drawn = np.random.default_rng(0).choice(len(split.train), options.count, replace=False)
    chosen = {
        "training": [split.train[index] for index in sorted(drawn)],
        "held out": split.val,
    }
    return {
        name: [as_pixels(middle_of(file, SIDE, SCALE)) for file in files] for name, files in chosen.items()
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


def ours() -> Mapping[str, Enlarge]:
    """Return bicubic enlargement and our fidelity weights."""

    def nameless(make: Callable[[Pixels], Pixels], name: str, pixels: Pixels) -> Pixels:
        return make(pixels)

    found = {"bicubic": partial(nameless, bicubic(SCALE))}
    for weight in available((SCALE,)):
        if weight.options.kind is Kind.fidelity:
            made = network("superres", weight.options, Settings())
            found[f"{weight.options.kind.value}, {weight.options.size.value}"] = partial(nameless, made)
    return found


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="training pictures")
    parser.add_argument("--peers", type=Path, required=True, help="folder with run_sr.py")
    parser.add_argument("--peers-home", type=Path, required=True, help="where the tool is installed")
    parser.add_argument("--peer", default=PEER)
    parser.add_argument("--count", type=int, default=48, help="training pictures")
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def main() -> None:
    options = arguments()
    torch.set_num_threads(options.threads)
    clean = {
        f"{group} {index}": pixels
        for group, pictures in groups(options).items()
        for index, pixels in enumerate(pictures)
    }
    small = {name: reduce(pixels, SCALE) for name, pixels in clean.items()}
    scores: dict[tuple[str, str], list[float]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        methods = {**ours(), options.peer: by_peer(options, small, Path(scratch))}
        for name, pixels in clean.items():
            for method, enlarge in methods.items():
                made = as_tensor(enlarge(name, small[name]))
                score = psnr_y(made, as_tensor(pixels), SCALE)
                scores.setdefault((method, name.rpartition(" ")[0]), []).append(score)
    columns = tuple(dict.fromkeys(group for _, group in scores))
    rows = [
        [
            method,
            *(f"{statistics.fmean(scores[method, group]):.2f}" for group in columns),
            *(f"{_ahead(scores[method, group], scores[options.peer, group]):+.2f}" for group in columns),
        ]
        for method in methods
    ]
    print(stamp("benchmarks/known_pictures.py"))
    heads = [f"{group} ({len(scores[options.peer, group])})" for group in columns]
    medians = [f"to the peer in the median, {group}" for group in columns]
    print(markdown(["PSNR-Y, dB", *heads, *medians], rows))


def _ahead(ours: Sequence[float], theirs: Sequence[float]) -> float:
    return statistics.median(one - other for one, other in zip(ours, theirs, strict=True))


if __name__ == "__main__":
    main()
