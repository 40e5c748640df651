"""Centre crops with seeded holes by the peers' protocol, the peers on them, and everybody's scores."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from superres_peers import Peers

from gantool.metrics import StLpips

Pixels = NDArray[np.uint8]
Fill = Callable[[Pixels, Pixels], Pixels]
"""Pixels (H, W, 3), grey in holes, and a mask (H, W), 255 in holes, to pixels."""

SIDE, GREY, MARGIN = 256, 128, 60


@dataclass(frozen=True)
class Holed:
    """A clean crop, what everybody is given, and where the holes are."""

    name: str
    clean: Pixels
    holed: Pixels
    mask: Pixels


@dataclass(frozen=True)
class Range:
    """Brush strokes of the peers' protocol, and the shares of the area that they cover."""

    least: float
    most: float

    @property
    def name(self) -> str:
        """Return it in percent."""
        return f"{100 * self.least:.0f}-{100 * self.most:.0f} %"

    @property
    def title(self) -> str:
        """Return what a table is headed with."""
        return f"Holes over {self.name} of {SIDE} x {SIDE} pixels"

    def mask(self, protocol: Any, photo: Path) -> Pixels:
        """Return (SIDE, SIDE), 255 in holes; at 20-30 % those that the peers' own script measures on."""
        drawn: Pixels = protocol.brush_mask(SIDE, protocol.mask_seed(photo.stem), self.least, self.most)
        return drawn


@dataclass(frozen=True)
class Ellipses:
    """Two ellipses in each crop, their centres MARGIN pixels from its border or more."""

    name: str = "two ellipses"
    half_axes: tuple[int, int] = (22, 44)

    @property
    def title(self) -> str:
        """Return what a table is headed with."""
        return f"Two ellipses in {SIDE} x {SIDE} pixels"

    def mask(self, protocol: Any, photo: Path) -> Pixels:
        """Return (SIDE, SIDE), 255 in holes."""
        rng = np.random.default_rng(protocol.mask_seed(photo.stem))
        rows, columns = np.mgrid[:SIDE, :SIDE]
        inside = np.zeros((SIDE, SIDE), bool)
        least, most = self.half_axes
        for _ in range(2):
            y, x = rng.integers(MARGIN, SIDE - MARGIN, 2)
            high, wide = rng.integers(least, most + 1, 2)
            inside |= ((rows - y) / high) ** 2 + ((columns - x) / wide) ** 2 < 1
        return np.where(inside, 255, 0).astype(np.uint8)


def protocol_of(peers: Peers) -> ModuleType:
    """Return the peers' protocol.py: crops, masks and scores are theirs."""
    spec = importlib.util.spec_from_file_location("peers_protocol", peers.scripts / "protocol.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def cases(protocol: Any, photos: Iterable[Path], holes: Range | Ellipses) -> list[Holed]:
    """Return the crops with their masks."""
    made = []
    for photo in photos:
        clean = protocol.center_crop(protocol.read_rgb(photo), SIDE)
        mask = holes.mask(protocol, photo)
        holed = clean.copy()
        holed[mask > 0] = GREY
        made.append(Holed(photo.stem, clean, holed, mask))
    return made


def write_inputs(wanted: Sequence[Holed], folder: Path) -> None:
    """Write NAME.png and NAME_mask.png for each case."""
    folder.mkdir(parents=True)
    for case in wanted:
        Image.fromarray(case.holed).save(folder / f"{case.name}.png")
        Image.fromarray(case.mask).save(folder / f"{case.name}_mask.png")


def run_peer(peers: Peers, name: str, inputs: Path, outputs: Path) -> None:
    """Let a peer fill the inputs, unless its outputs are there already."""
    if outputs.exists():
        return
    worker = Path(__file__).with_name("inpaint_peer_worker.py")
    # Under its own name only when it is whole: a peer that fails midway is no peer.
    unfinished = outputs.with_name(f"{outputs.name}.part")
    command = [peers.home / "v" / "bin" / "python", worker, peers.scripts, name, inputs, unfinished]
    done = subprocess.run(
        [str(each) for each in command], env=peers.environment(), capture_output=True, text=True
    )
    if done.returncode != 0:
        print(f"{name}: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
        return
    unfinished.rename(outputs)


def score(
    protocol: Any, wanted: Sequence[Holed], fill: Fill, distance: StLpips | None
) -> Mapping[str, float]:
    """Return the means of PSNR, PSNR in holes, SSIM of luma, and ST-LPIPS where it is there.

    Only what stands in the holes counts: the rest is put back, as the peers' script does.
    """
    rows = []
    for case in wanted:
        inside = case.mask > 0
        pasted = np.where(inside[..., None], fill(case.holed, case.mask), case.clean)
        row = {
            "PSNR": protocol.psnr(pasted, case.clean),
            "PSNR in hole": protocol.psnr(pasted[inside], case.clean[inside]),
            "SSIM-Y": protocol.ssim(protocol.luma(pasted), protocol.luma(case.clean)),
        }
        if distance is not None:
            with torch.inference_mode():
                row["ST-LPIPS"] = float(distance(_tensor(pasted), _tensor(case.clean)))
        rows.append(row)
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}


def kept(folder: Path, wanted: Sequence[Holed]) -> Fill:
    """Return what looks up a case's result in a folder."""
    by_bytes = {case.holed.tobytes(): case.name for case in wanted}

    def fill(holed: Pixels, mask: Pixels) -> Pixels:
        with Image.open(folder / f"{by_bytes[holed.tobytes()]}.png") as made:
            return np.array(made.convert("RGB"))

    return fill


def _tensor(pixels: Pixels) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(pixels)).permute(2, 0, 1)[None].float() / 255
