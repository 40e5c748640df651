"""Walking over a picture tile by tile, with smaller tiles once memory runs out."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gantool.errors import Code, DeviceError, PluginError
from gantool.inference.attempt import Attempts
from gantool.inference.canvas import Canvas
from gantool.inference.memory import is_out_of_memory, release
from gantool.inference.result import Progress
from gantool.inference.tiling import aligned, cut, halved, intersection, padded, scaled, with_halo
from gantool.task import Box, Geometry, Picture

if TYPE_CHECKING:
    from torch import Tensor

    from gantool.task import State


@dataclass
class Walk:
    """One picture's way through the network. `tile` shrinks, and `notes` says so, when memory runs out."""

    attempts: Attempts
    picture: Picture
    state: State
    tile: int
    notes: list[str] = field(default_factory=list)
    in_parts: bool = False
    """Whether something that was to be computed was cut."""

    @property
    def geometry(self) -> Geometry:
        """The network's."""
        return self.attempts.enhancer.geometry

    def everything(self, canvas: Canvas, channel: int, progress: Progress) -> None:
        """Compute the whole picture into `canvas`, from `channel` on."""
        whole = padded(self.picture.width, self.picture.height, self.geometry)
        self._over([whole], canvas, channel, progress)

    def regions(self, regions: Sequence[Box], canvas: Canvas, channel: int, progress: Progress) -> None:
        """Compute the regions alone; the rest of the canvas becomes a copy of the input.

        Raises:
            PluginError: The network changes sizes, so that there is nothing to copy.
        """
        if self.geometry.scale != 1:
            raise PluginError("the network asks for regions and changes the size", "regions need scale 1")
        canvas.copy_from(self.picture, channel)
        picture = Box(0, 0, self.picture.width, self.picture.height)
        inside = [box for region in regions if (box := intersection(region, picture)) is not None]
        self._over(inside, canvas, channel, progress)

    def _over(self, areas: Sequence[Box], canvas: Canvas, channel: int, progress: Progress) -> None:
        total = sum(area.width * area.height for area in areas)
        done = 0
        for area in areas:
            pending = deque(self._cut(aligned(area, self.geometry.multiple_of)))
            self.in_parts |= len(pending) > 1
            while pending:
                core = pending.popleft()
                output = self._compute(core)
                if output is None:
                    self.in_parts = True
                    pending = deque(part for box in (core, *pending) for part in self._cut(box))
                    continue
                wanted = intersection(core, area)
                if wanted is not None:
                    self._put(canvas, channel, core, wanted, output)
                    done += wanted.width * wanted.height
                    progress(done / total)

    def _put(self, canvas: Canvas, channel: int, core: Box, wanted: Box, output: Tensor) -> None:
        """Lay down the `wanted` part of the core's output."""
        scale = self.geometry.scale
        place = scaled(wanted, scale)
        left, top = (wanted.x - core.x) * scale, (wanted.y - core.y) * scale
        canvas.put(place, output[..., top : top + place.height, left : left + place.width], channel)

    def _cut(self, area: Box) -> tuple[Box, ...]:
        return cut(area, self.tile, self.geometry.multiple_of)

    def _compute(self, core: Box) -> Tensor | None:
        """Return the output on `core`, or None when memory ran out and the tile was halved."""
        whole = padded(self.picture.width, self.picture.height, self.geometry)
        try:
            return self.attempts.run(self.picture, with_halo(core, whole, self.geometry), self.state)
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
        # Out of the handler, so that the traceback no longer holds the attempt's tensors.
        release(self.attempts.device)
        self._halve(core)
        return None

    def _halve(self, core: Box) -> None:
        smaller = halved(core, self.geometry.multiple_of) if self.geometry.tileable else 0
        if smaller == 0:
            raise DeviceError(
                f"{self.attempts.device} has no memory left for {core.width} x {core.height} pixels",
                "close other programs, or take --device cpu or a smaller picture",
                Code.MEMORY,
            )
        self.tile = smaller
        note = f"out of memory on {self.attempts.device}: went on with tiles of {smaller}"
        if not self.geometry.exact:
            note += f", which changes the result ({self.geometry.note})"
        self.notes.append(note)
