"""Running one network on pictures: tiles, precision ladder, out-of-memory halving."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import DTypeLike

from gantool.errors import UsageError
from gantool.inference.attempt import Attempts
from gantool.inference.canvas import Canvas
from gantool.inference.device import choose_device
from gantool.inference.memory import machine_for
from gantool.inference.precision import Precision, Rungs, choose_precision
from gantool.inference.result import AUTO_TILE, Progress, Report, Result, Settings, no_progress, part_of
from gantool.inference.tilesize import choose_tile
from gantool.inference.views import views
from gantool.inference.walk import Walk
from gantool.task import Picture

if TYPE_CHECKING:
    from gantool.task import Enhancer


class Engine:
    """A network placed on a device, ready for any number of pictures.

    The network's weights are kept once per precision used; between pictures the module holds fp32.
    """

    def __init__(self, enhancer: Enhancer, settings: Settings | None = None) -> None:
        """Place the network.

        Raises:
            DeviceError: The device is not there.
            UsageError: A tile size for a network that cannot be tiled.
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
        self._rungs = Rungs(enhancer.module, self.device)

    def enhance(
        self,
        picture: Picture,
        extras: Mapping[str, Picture] | None = None,
        dtype: DTypeLike = np.uint8,
        progress: Progress = no_progress,
    ) -> Result:
        """Return the output for `picture`, (H * scale, W * scale, C).

        C are the picture's own channels, or three where the network gives a grey picture colours.

        Args:
            picture: What to enhance.
            extras: The further pictures the task declared, by name.
            dtype: uint8 or uint16, clipped and rounded; float32, as the network gave it.
            progress: Called after every tile.

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
            reports = [
                self._run(view, extras or {}, canvas, index, part_of(progress, index, len(seen)))
                for index, view in enumerate(seen)
            ]
        finally:
            self._rungs.use(Precision.FP32)
        report = reports[0]
        for other in reports[1:]:
            report = report.joined(other)
        return Result(canvas.pixels, report)

    def _run(
        self, view: Picture, extras: Mapping[str, Picture], canvas: Canvas, channel: int, progress: Progress
    ) -> Report:
        """Compute one view into the canvas, from `channel` on."""
        import torch

        self._rungs.use(Precision.FP32)
        with torch.inference_mode():
            state = self.enhancer.prepare(view, extras)
        attempts = Attempts(self.enhancer, self._rungs, self.device, self.precision)
        walk = Walk(attempts, view, state, self._tile_for(view))
        regions = self.enhancer.regions(state)
        if regions is None:
            walk.everything(canvas, channel, progress)
        else:
            walk.regions(regions, canvas, channel, progress)
        return Report(
            tile=walk.tile,
            precision=self.precision,
            retries=tuple(attempts.retries),
            notes=(*self._warnings(walk.tile), *walk.notes),
            network_seconds=attempts.seconds,
            found=self.enhancer.describe(state),
        )

    def _tile_for(self, picture: Picture) -> int:
        """Return the tile size to begin with; 0 where one tile holds the picture."""
        geometry, tile = self.enhancer.geometry, self.settings.tile
        machine = machine_for(self.enhancer, self.device, self.precision)
        if not geometry.tileable:
            machine.check_whole(picture.width, picture.height, geometry.note)
        if tile == AUTO_TILE:
            return choose_tile(picture.width, picture.height, geometry, machine)
        return tile

    def _warnings(self, tile: int) -> tuple[str, ...]:
        geometry = self.enhancer.geometry
        if tile == 0 or geometry.exact:
            return ()
        return (f"tiles of {tile} do not give quite what one piece gives: {geometry.note}",)


def enhance_picture(
    enhancer: Enhancer,
    picture: Picture,
    extras: Mapping[str, Picture] | None = None,
    settings: Settings | None = None,
    dtype: DTypeLike = np.uint8,
) -> Result:
    """Enhance one picture; for several with one network, keep an `Engine`. Arguments and errors as there."""
    return Engine(enhancer, settings).enhance(picture, extras, dtype)
