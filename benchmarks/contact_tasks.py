"""What contact sheets show of each task: how crops are spoiled, our weights, and others'."""

from __future__ import annotations

import argparse
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from contact_crops import CROPS, INPUT, TRUTH, Crop, Row, by_picture, read
from inpaint_cases import GREY, Holed, kept, protocol_of, run_peer, write_inputs
from inpaint_cases import SIDE as WINDOW
from nets import Make, Pixels, network
from perception_cases import Variant, degrade
from perception_sheets import SIDE
from superres_nets import bicubic
from superres_peers import Peers

import gantool
from gantool import plugins
from gantool.evaluation import load_weights
from gantool.images import ArrayPicture
from gantool.inference.engine import Engine
from gantool.inference.result import Settings
from gantool_denoise.cases import spoil
from gantool_denoise.options import DenoiseOptions
from gantool_denoise.options import Kind as Denoise
from gantool_inpaint.options import InpaintOptions
from gantool_inpaint.options import Kind as Inpaint
from gantool_superres.options import Kind as SuperRes
from gantool_superres.options import SuperResOptions

SCALE = 4
HOLES = 0.20, 0.30
"""Shares of the area that strokes cover at least, and at most."""
PEERS = "pypatchmatch", "opencv-xphoto-fsr-fast"
"""The two tools that come nearest to ours by the learned metric."""

Rows = Callable[[Crop], Row]
Fill = Callable[[Holed], Pixels]


def superres(options: argparse.Namespace) -> Rows:
    """Blurred, reduced, made noisy and compressed (`perception_cases.py`, "all"); enlarged four times."""
    settings = Settings(options.device)
    made_by = {
        "bicubic": bicubic(SCALE),
        **{
            kind.value: network("superres", SuperResOptions(SCALE, kind), settings)
            for kind in (SuperRes.fidelity, SuperRes.photo)
        },
        **_foreign("superres", options),
    }

    def make(crop: Crop) -> Row:
        photo = read(crop, options.data, SCALE)
        small = degrade(photo, Variant.all, SCALE)
        made = {name: enlarge(small) for name, enlarge in made_by.items()}
        return {INPUT: small.repeat(SCALE, axis=0).repeat(SCALE, axis=1), **made, TRUTH: photo.clean}

    return by_picture(make)


def denoise(options: argparse.Namespace) -> Rows:
    """With a simulated camera's noise, compressed, as `gantool evaluate denoise --noise camera` has it."""
    settings = Settings(options.device)
    made_by = {
        **{
            kind.value: network("denoise", DenoiseOptions(kind=kind), settings)
            for kind in (Denoise.gaussian, Denoise.photo)
        },
        **_foreign("denoise", options),
    }

    def make(crop: Crop) -> Row:
        photo = read(crop, options.data)
        noisy = spoil(photo.clean, None, zlib.crc32(photo.name.encode()), True)
        return {INPUT: noisy, **{name: clean(noisy) for name, clean in made_by.items()}, TRUTH: photo.clean}

    return by_picture(make)


def inpaint(options: argparse.Namespace) -> Rows:
    """Brush strokes over 20 to 30 % of a window around the crop, by the peers' protocol."""
    peers = Peers(options.peers.resolve(), (options.peers_home or Path()).resolve(), Path(), options.threads)
    windows = {crop: _window(crop, options.data, peers) for crop in CROPS}
    kinds = (Inpaint.fidelity, Inpaint.photo)
    fills = {kind.value: _filler(InpaintOptions(kind=kind), Settings(options.device)) for kind in kinds}
    if options.peers_home:
        fills |= _peers(peers, [window for window, _ in windows.values()], options.work / "contact")

    def make(crop: Crop) -> Row:
        window, place = windows[crop]
        inside = window.mask[..., None] > 0
        made = {name: np.where(inside, fill(window), window.clean) for name, fill in fills.items()}
        return place.of({INPUT: window.holed, **made, TRUTH: window.clean})

    return make


TASKS: Mapping[str, Callable[[argparse.Namespace], Rows]] = {
    "superres": superres,
    "denoise": denoise,
    "inpaint": inpaint,
}


def _foreign(task: str, options: argparse.Namespace) -> Mapping[str, Make]:
    """Return the networks of other projects that are given, by gantool's own loader."""
    return {
        path.stem.removesuffix("_fp16"): gantool.load(task, weights=path, device=options.device)
        for path in options.other
    }


def _window(crop: Crop, data: Path, peers: Peers) -> tuple[Holed, Crop]:
    """Return the square to fill, around the crop where borders allow, and the crop within it."""
    photo, margin = read(crop, data), (WINDOW - SIDE) // 2
    height, width = photo.clean.shape[:2]
    left, top = (max(0, min(at - margin, side - WINDOW)) for at, side in ((crop.x, width), (crop.y, height)))
    clean = np.ascontiguousarray(photo.clean[top : top + WINDOW, left : left + WINDOW])
    protocol = protocol_of(peers)
    name = f"{photo.name}-{crop.x}-{crop.y}"
    mask = protocol.brush_mask(WINDOW, protocol.mask_seed(name), *HOLES)
    holed = np.where(mask[..., None] > 0, np.uint8(GREY), clean)
    return Holed(name, clean, holed, mask), replace(crop, x=crop.x - left, y=crop.y - top)


def _filler(options: InpaintOptions, settings: Settings) -> Fill:
    """Return one of our weights."""
    task = plugins.load("inpaint")
    assert task.enhance is not None
    engine = Engine(task.enhance.build(options, load_weights(task, options)), settings)
    return lambda case: engine.enhance(ArrayPicture(case.holed), {"mask": ArrayPicture(case.mask)}).pixels


def _peers(peers: Peers, cases: Sequence[Holed], folder: Path) -> dict[str, Fill]:
    """Return the other tools, which fill all cases now, unless `folder` has what they made."""
    if not (folder / INPUT).exists():
        write_inputs(cases, folder / INPUT)
    fills: dict[str, Fill] = {}
    for name in PEERS:
        run_peer(peers, name, folder / INPUT, folder / name)
        if (folder / name).exists():
            fills[name] = partial(_kept, kept(folder / name, cases))
    return fills


def _kept(found: Callable[[Pixels, Pixels], Pixels], case: Holed) -> Pixels:
    return found(case.holed, case.mask)
