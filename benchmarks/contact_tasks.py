"""What contact sheets show of each task: how crops are spoiled, our weights, and others'."""

from __future__ import annotations

import argparse
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from contact_crops import CROPS, INPUT, TRUTH, Crop, Row, by_picture, read
from inpaint_cases import GREY, Holed, kept, protocol_of, run_peer, write_inputs
from inpaint_cases import SIDE as WINDOW
from nets import Make, network
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
    windows = {crop: _window(crop, options) for crop in CROPS}
    rows = {crop: {INPUT: window.holed} for crop, (window, _) in windows.items()}
    cases = [window for window, _ in windows.values()]
    for kind in (Inpaint.fidelity, Inpaint.photo):
        fill = _filler(InpaintOptions(kind=kind), Settings(options.device))
        for crop, (window, _) in windows.items():
            rows[crop][kind.value] = fill(window)
    if options.peers and options.peers_home:
        peers = Peers(options.peers, options.peers_home)
        inputs = options.work / "contact" / "inputs"
        if not inputs.exists():
            write_inputs(cases, inputs)
        for name in PEERS:
            outputs = inputs.with_name(name)
            run_peer(peers, name, inputs, outputs)
            if outputs.exists():
                found = kept(outputs, cases)
                for crop, (window, _) in windows.items():
                    rows[crop][name] = found(window.holed, window.mask)
    for crop, (window, _) in windows.items():
        inside = window.mask[..., None] > 0
        pasted = {name: np.where(inside, made, window.clean) for name, made in rows[crop].items()}
        rows[crop] = {**pasted, TRUTH: window.clean}
    return lambda crop: windows[crop][1].of(rows[crop])


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


def _window(crop: Crop, options: argparse.Namespace) -> tuple[Holed, Crop]:
    """Return the square to fill, around the crop where borders allow, and the crop within it."""
    photo = read(crop, options.data)
    height, width = photo.clean.shape[:2]
    margin = (WINDOW - SIDE) // 2
    left, top = (max(0, min(at - margin, side - WINDOW)) for at, side in ((crop.x, width), (crop.y, height)))
    clean = np.ascontiguousarray(photo.clean[top : top + WINDOW, left : left + WINDOW])
    protocol = protocol_of(Peers(options.peers, options.peers_home or Path()))
    name = f"{photo.name}-{crop.x}-{crop.y}"
    mask = protocol.brush_mask(WINDOW, protocol.mask_seed(name), *HOLES)
    holed = np.where(mask[..., None] > 0, np.uint8(GREY), clean)
    place = Crop(crop.subject, crop.folder, crop.picture, crop.x - left, crop.y - top)
    return Holed(name, clean, holed, mask), place


def _filler(options: InpaintOptions, settings: Settings) -> Callable[[Holed], np.ndarray]:
    task = plugins.load("inpaint")
    assert task.enhance is not None
    engine = Engine(task.enhance.build(options, load_weights(task, options)), settings)
    return lambda case: engine.enhance(ArrayPicture(case.holed), {"mask": ArrayPicture(case.mask)}).pixels
