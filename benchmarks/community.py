"""Networks of other projects through gantool and through spandrel called directly, on the same picture.

    python benchmarks/community.py --nets NETS --picture PHOTO [--peers PEERS/results/sr.json]
        [--only quality|speed] [--threads N]

For each file of NETS: PSNR between both results (gantool's in float, not rounded), and seconds for each
megapixel of a 192 x 128 input, as the peers are timed. The nearest peer, realesr-animevideov3 under ncnn, is
of the family of realesr-general-x4v3 with half its layers.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import spandrel
import torch
from machine import stamp
from numpy.typing import NDArray
from PIL import Image
from tables import markdown

import gantool
from gantool.errors import WeightError

TIMED = (128, 192)
LOOKED_AT = (256, 384)
PEER = "realesr-animevideov3-x4 (ncnn)"
TASKS = ("superres", "denoise")
_TILED = {"precision": "fp32", "tile": 96}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--nets", type=Path, required=True, help="folder of .pth and .safetensors files")
    parser.add_argument("--picture", type=Path, required=True)
    parser.add_argument("--peers", type=Path, help="the peers' stored results, for the ncnn figure")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", choices=("quality", "speed"))
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    print(stamp(" ".join(["benchmarks/community.py", *sys.argv[1:]])))
    picture = np.asarray(Image.open(arguments.picture).convert("RGB")).astype(np.float32) / 255
    files = sorted(path for path in arguments.nets.iterdir() if path.suffix in (".pth", ".safetensors"))
    if arguments.only != "speed":
        print(
            markdown(("PSNR, dB", "fp32", "bf16", "fp32, in tiles"), [quality(one, picture) for one in files])
        )
    if arguments.only != "quality":
        heads = ("seconds per megapixel", "spandrel", "fp32", "bf16")
        print("\n" + markdown(heads, [speed(one, picture, arguments.repeats) for one in files]))
    if arguments.peers:
        peer = json.loads(arguments.peers.read_text())
        print(f"\n{PEER}: {_peer_seconds(peer):.1f} s/MP")


def quality(path: Path, picture: NDArray[np.float32]) -> tuple[str, ...]:
    """Return how near one file's results come to spandrel's, in each way of running it."""
    looked = _cut(picture, LOOKED_AT)
    truth = _direct(path)(looked)
    ways: tuple[dict[str, Any], ...] = ({"precision": "fp32"}, {"precision": "bf16"}, _TILED)
    return path.stem, *(f"{psnr(_opened(path, **way)(looked).clip(0, 1), truth):.1f}" for way in ways)


def speed(path: Path, picture: NDArray[np.float32], repeats: int) -> tuple[str, ...]:
    """Return one file's seconds for a megapixel."""
    timed = _cut(picture, TIMED)
    tools = _direct(path), _opened(path, precision="fp32"), _opened(path, precision="bf16")
    return path.stem, *(f"{_seconds(tool, timed, repeats):.2f}" for tool in tools)


def psnr(first: NDArray[Any], second: NDArray[Any]) -> float:
    """Return decibels, white being 1."""
    error = float(np.square(first.astype(np.float64) - second).mean())
    return 10 * math.log10(1 / error) if error else math.inf


def _opened(path: Path, **settings: Any) -> gantool.Runner:
    """Return the network under whichever task runs it."""
    for task in TASKS:
        try:
            return gantool.load(task, weights=path, **settings)
        except WeightError as error:
            refusal = error
    raise refusal


def _direct(path: Path) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    model = spandrel.ModelLoader().load_from_file(path).float().eval()

    def call(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        with torch.inference_mode():
            image = torch.from_numpy(np.ascontiguousarray(pixels)).permute(2, 0, 1).unsqueeze(0)
            return model(image)[0].permute(1, 2, 0).numpy()

    return call


def _seconds(tool: Callable[[Any], Any], pixels: NDArray[np.float32], repeats: int) -> float:
    tool(pixels)
    took = []
    for _ in range(repeats):
        began = time.perf_counter()
        tool(pixels)
        took.append(time.perf_counter() - began)
    return statistics.median(took) / (pixels.shape[0] * pixels.shape[1] / 1e6)


def _cut(picture: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    return picture[: size[0], : size[1]]


def _peer_seconds(results: Any) -> float:
    """Return the stored seconds of the peer, wherever the file keeps its rows."""
    rows = results if PEER in results else next(value for value in results.values() if PEER in value)
    return float(rows[PEER]["sec_per_lr_mp"])


if __name__ == "__main__":
    main()
