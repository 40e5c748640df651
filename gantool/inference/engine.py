"""Running one network on pictures: tiles, precision ladder, out-of-memory halving."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import DTypeLike, NDArray

from gantool.errors import UsageError
from gantool.inference.attempt import Attempts
from gantool.inference.canvas import Canvas
from gantool.inference.device import choose_device
from gantool.inference.ensemble import check_tta
from gantool.inference.memory import machine_for
from gantool.inference.precision import Precision, Rungs, choose_precision
from gantool.inference.result import AUTO_TILE, Progress, Report, Result, Settings, no_progress, part_of
from gantool.inference.tilesize import choose_tile
from gantool.inference.views import views
from gantool.inference.walk import Walk
from gantool.task import ALPHA, Picture, SeesAlpha, Varied

if TYPE_CHECKING:
    from gantool.task import Enhancer


@dataclass(frozen=True)
class _Place:
    """Where one view's output goes, and which candidate it is of."""

    canvas: Canvas
    channel: int
    candidate: int


@dataclass(frozen=True)
class _Part:
    """How one view went, and where the result is opaque whatever the input's alpha."""

    report: Report
    opaque: NDArray[np.bool_] | None


class Engine:
    """A network placed on a device, ready for any number of pictures.

    The network's weights are kept once per precision used; between pictures the module holds fp32.
    """

    def __init__(self, enhancer: Enhancer, settings: Settings | None = None) -> None:
        """Place the network.

        Raises:
            DeviceError: The device is not there.
            UsageError: A tile size for a network that cannot be tiled, or views of one that cannot be turned.
        """
        self.settings = settings or Settings()
        self.enhancer = enhancer
        self.device = choose_device(self.settings.device)
        self.precision = choose_precision(self.settings.precision, self.device)
        if self.settings.tile > 0 and not enhancer.geometry.tileable:
            raise UsageError(
                f"--tile {self.settings.tile} is not possible: {enhancer.geometry.note or 'not tileable'}",
                "leave it at auto",
            )
        check_tta(self.settings.tta, enhancer.geometry)
        self._rungs = Rungs(enhancer.module, self.device)

    def enhance(
        self,
        picture: Picture,
        extras: Mapping[str, Picture] | None = None,
        dtype: DTypeLike = np.uint8,
        progress: Progress = no_progress,
        candidate: int = 1,
    ) -> Result:
        """Return the output for `picture`, (H * scale, W * scale, C).

        C are the picture's own channels, or three where the network gives a grey picture colours.

        Args:
            picture: What to enhance.
            extras: The further pictures the task declared, by name.
            dtype: uint8 or uint16, clipped and rounded; float32, as the network gave it.
            progress: Called after every tile.
            candidate: Which of its answers an enhancer that is `Varied` gives.

        Raises:
            DeviceError: Memory does not do for the smallest tile.
            WeightError: The output is not finite at any precision.
            PluginError: The network does not keep its geometry.
            ImageError: The picture is too large for a network that cannot be tiled.
        """
        scale = self.enhancer.geometry.scale
        seen = views(picture, self.enhancer.channels)
        channels = seen[0].channels if self.enhancer.geometry.colours else picture.channels
        canvas = Canvas(picture.width * scale, picture.height * scale, channels, dtype)
        try:
            parts = [
                self._run(
                    view, extras or {}, _Place(canvas, index, candidate), part_of(progress, index, len(seen))
                )
                for index, view in enumerate(seen)
            ]
        finally:
            self._rungs.use(Precision.FP32)
        report = reduce(Report.joined, (part.report for part in parts))
        return Result(canvas.pixels, report, parts[0].opaque)

    def _run(self, view: Picture, extras: Mapping[str, Picture], place: _Place, progress: Progress) -> _Part:
        """Compute one view into its place on the canvas."""
        import torch

        enhancer = self._candidate(place.candidate)
        self._rungs.use(Precision.FP32)
        with torch.inference_mode():
            state = enhancer.prepare(view, extras)
        attempts = Attempts(enhancer, self._rungs, self.device, self.precision, self.settings.tta)
        walk = Walk(attempts, view, state, self._tile_for(view))
        regions = enhancer.regions(state)
        if regions is None:
            walk.everything(place.canvas, place.channel, progress)
        else:
            walk.regions(regions, place.canvas, place.channel, progress)
        report = Report(
            tile=walk.tile,
            precision=self.precision,
            retries=tuple(attempts.retries),
            notes=(*self._warnings(walk), *walk.notes),
            network_seconds=attempts.seconds,
            found=enhancer.describe(state),
        )
        opaque = enhancer.opaque(state) if isinstance(enhancer, SeesAlpha) and ALPHA in extras else None
        return _Part(report, opaque)

    def _candidate(self, number: int) -> Enhancer:
        """Return the enhancer of a candidate: the only one there is where it gives but one."""
        return self.enhancer.varied(number) if isinstance(self.enhancer, Varied) else self.enhancer

    def _tile_for(self, picture: Picture) -> int:
        """Return the tile size to begin with; 0 where one tile holds the picture."""
        geometry, tile = self.enhancer.geometry, self.settings.tile
        machine = machine_for(self.enhancer, self.device, self.precision)
        if not geometry.tileable:
            machine.check_whole(picture.width, picture.height, geometry.note)
        if tile == AUTO_TILE:
            return choose_tile(picture.width, picture.height, geometry, machine)
        return tile

    def _warnings(self, walk: Walk) -> tuple[str, ...]:
        geometry = self.enhancer.geometry
        if not walk.in_parts or geometry.exact:
            return ()
        return (f"tiles of {walk.tile} do not give quite what one piece gives: {geometry.note}",)


def enhance_picture(
    enhancer: Enhancer,
    picture: Picture,
    extras: Mapping[str, Picture] | None = None,
    settings: Settings | None = None,
    dtype: DTypeLike = np.uint8,
) -> Result:
    """Enhance one picture; for several with one network, keep an `Engine`. Arguments and errors as there."""
    return Engine(enhancer, settings).enhance(picture, extras, dtype)
