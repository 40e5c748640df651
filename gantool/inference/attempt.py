"""One tile through the network: up the precision ladder until the output is finite."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gantool.errors import PluginError, WeightError
from gantool.inference.ensemble import averaged
from gantool.inference.precision import Precision, Rungs, torch_dtype
from gantool.inference.result import Retry
from gantool.inference.tiling import Tile

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from gantool.task import Enhancer, Picture, State

NON_FINITE = "non-finite output"
UNSUPPORTED = "an operation this precision lacks"


@dataclass
class Attempts:
    """Runs tiles, and keeps what had to be done again and the seconds spent in the network.

    `tta` is how many views of a tile its output is the mean of.
    """

    enhancer: Enhancer
    rungs: Rungs
    device: torch.device
    start: Precision
    tta: int = 1
    retries: list[Retry] = field(default_factory=list)
    seconds: float = 0.0

    def run(self, picture: Picture, tile: Tile, state: State) -> Tensor:
        """Return the network's output on `tile.core`, finite, on the device.

        Raises:
            WeightError: The output is not finite in fp32 either.
            PluginError: The output is not a tensor of floats, or not of the shape that the geometry says.
        """
        image = _on_device(picture.crop(tile.read), self.device)
        for precision in _ladder(self.start):
            output, reason = self._once(image, tile, state, precision)
            if output is not None:
                return output
            if precision.above is not None:
                self.retries.append(Retry(tile.core, precision, precision.above, reason))
        raise WeightError("the network's output is not finite, in fp32 either", "take other --weights")

    def _once(
        self, image: Tensor, tile: Tile, state: State, precision: Precision
    ) -> tuple[Tensor | None, str]:
        """Return the core's output, or None and why there is none."""
        began = time.perf_counter()
        try:
            output = self._call(image, tile, state, precision)
            finite = _is_finite(output)  # Waits for a GPU, too, so that the seconds are true.
        except (NotImplementedError, RuntimeError) as error:
            if precision is Precision.FP32 or "not implemented for" not in str(error):
                raise
            return None, UNSUPPORTED
        finally:
            self.seconds += time.perf_counter() - began
        return (output, "") if finite else (None, NON_FINITE)

    def _call(self, image: Tensor, tile: Tile, state: State, precision: Precision) -> Tensor:
        import torch

        self.rungs.use(precision)
        # The weights are converted already; autocast makes the float32 image meet them, so that what a
        # network adds to its input keeps the precision of the input.
        reduced = precision is not Precision.FP32
        dtype = torch_dtype(precision) if reduced else None
        with torch.inference_mode(), torch.autocast(self.device.type, dtype=dtype, enabled=reduced):
            output = averaged(lambda view: self._checked(view, tile, state), image, self.tta)
        kept = tile.kept(self.enhancer.geometry.scale)
        return output[..., kept.y : kept.y + kept.height, kept.x : kept.x + kept.width]

    def _checked(self, image: Tensor, tile: Tile, state: State) -> Tensor:
        """Return what the network makes of a view of a tile; PluginError where it is not what is due."""
        output = self.enhancer(image, tile.read, state)
        scale = self.enhancer.geometry.scale
        _check_made(output, (*image.shape[:2], *(side * scale for side in image.shape[2:])))
        return output


def _ladder(start: Precision) -> Iterator[Precision]:
    rung: Precision | None = start
    while rung is not None:
        yield rung
        rung = rung.above


def _on_device(image: Tensor, device: torch.device) -> Tensor:
    import torch

    return image.to(device).contiguous(memory_format=torch.channels_last)


def _is_finite(output: Tensor) -> bool:
    import torch

    # Least and greatest in one pass, without a mask as large as the output; NaN comes through as NaN.
    return bool(torch.isfinite(torch.stack(torch.aminmax(output))).all())


def _check_made(output: object, due: tuple[int, ...]) -> None:
    """Refuse what a plugin must not return: a canvas would take fewer channels, and show noise in others."""
    import torch

    if not isinstance(output, torch.Tensor):
        made = f"{type(output).__name__}, no tensor,"
    elif output.shape != due:
        made = str(tuple(output.shape))
    elif not output.is_floating_point():
        made = str(output.dtype)
    else:
        return
    raise PluginError(
        f"the network made {made} where {due} in floats was due",
        "its Geometry must state scale and multiple_of truly, and as many channels come out as go in",
    )
