"""The protocol of the super-resolution papers: bicubic LR, PSNR and SSIM on luma, borders cut.

Torch-free until a metric is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gantool.errors import ImageError
from gantool.task import Case, Metric
from gantool_superres.options import SuperResOptions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    Pixels = NDArray[np.uint8]
    _Measure = Callable[[Tensor, Tensor, int], float]

MAX_PIXELS = 100_000_000
_SSIM_WINDOW = 11


@dataclass(frozen=True)
class EvaluateSuperResOptions(SuperResOptions):
    """Options of `evaluate superres`."""

    jpeg: Annotated[
        int | None, typer.Option(help="Compress the small pictures by JPEG at this quality.", min=1, max=100)
    ] = None
    stlpips: Annotated[
        Path | None,
        typer.Option(help="Also measure the learned distance ST-LPIPS, by these weights (safetensors)."),
    ] = None


@dataclass(frozen=True)
class SuperResCases:
    """The cases of a folder, decoded one by one."""

    options: EvaluateSuperResOptions
    folder: Path
    files: tuple[Path, ...]

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self.files)

    def __iter__(self) -> Iterator[Case]:
        """Yield a case for each picture; ImageError for one that cannot be used."""
        from gantool.images import ArrayPicture

        for path in self.files:
            clean = _clean(path, self.options.scale)
            degraded = reduce(clean, self.options.scale, self.options.jpeg)
            name = path.relative_to(self.folder).as_posix()
            yield Case(name, degraded=ArrayPicture(degraded), clean=ArrayPicture(clean))


def cases(options: EvaluateSuperResOptions, folder: Path) -> SuperResCases:
    """Return a case for every picture under `folder`.

    Raises:
        UsageError: there is none, or one is too small for ST-LPIPS.
        ImageError: one cannot be read, where ST-LPIPS needs to know its size.
    """
    from gantool.images.searching import find_pictures

    files = find_pictures(folder)
    if options.stlpips is not None:
        from gantool.metrics.stlpips import check_sides

        check_sides(files, options.scale)
    return SuperResCases(options, folder, files)


def crop_to_multiple(pixels: Pixels, scale: int) -> Pixels:
    """Cut (H, W, C) at the right and at the bottom to whole LR pixels."""
    height, width = (side - side % scale for side in pixels.shape[:2])
    return pixels[:height, :width]


def reduce(clean: Pixels, scale: int, jpeg: int | None = None) -> Pixels:
    """Return (H, W, 3) reduced by `scale` with Pillow's bicubic filter, and JPEG at that quality after it."""
    import numpy as np
    from PIL import Image

    small = Image.fromarray(clean).resize(
        (clean.shape[1] // scale, clean.shape[0] // scale), Image.Resampling.BICUBIC
    )
    if jpeg is None:
        return np.array(small)
    stream = BytesIO()
    small.save(stream, "JPEG", quality=jpeg)
    with Image.open(stream) as compressed:
        return np.array(compressed)


def metrics(options: EvaluateSuperResOptions) -> Mapping[str, Metric]:
    """Return PSNR-Y and SSIM-Y with a border of `scale` pixels cut, and ST-LPIPS where its weights are given.

    Raises:
        WeightError: the ST-LPIPS weights cannot be used.
    """
    from gantool.metrics import load_stlpips, psnr_y, ssim_y

    figures: dict[str, Metric] = {
        "PSNR-Y": partial(_on_two, psnr_y, options.scale),
        "SSIM-Y": partial(_on_two, ssim_y, options.scale),
    }
    if options.stlpips is not None:
        distance = load_stlpips(options.stlpips)
        figures["ST-LPIPS"] = lambda output, clean, case: float(distance(output, clean))
    return figures


def protocol(options: EvaluateSuperResOptions) -> str:
    """Return the protocol in one line."""
    jpeg = f", JPEG quality {options.jpeg}" if options.jpeg is not None else ""
    blend = f"; sharpness {options.sharpness:g}" if options.sharpness is not None else ""
    learned = "; ST-LPIPS (alex) on RGB, whole picture" if options.stlpips is not None else ""
    return (
        f"x{options.scale}, LR by Pillow bicubic{jpeg}{blend}; output in 8 bits; PSNR and SSIM on BT.601 "
        f"studio-swing Y, border of {options.scale} pixels cut{learned}"
    )


def _on_two(measure: _Measure, border: int, output: Tensor, clean: Tensor, case: Case) -> float:
    return measure(output, clean, border)


def _clean(path: Path, scale: int) -> Pixels:
    """Return a picture as (H, W, 3) uint8, cut to whole LR pixels; grey is repeated, as papers have it."""
    import numpy as np

    from gantool.images import decode

    pixels = decode(path, max_pixels=MAX_PIXELS).pixels
    if pixels.dtype == np.uint16:
        pixels = np.rint(pixels / 257).astype(np.uint8)
    if min(pixels.shape[:2]) < 3 * scale + _SSIM_WINDOW:
        raise ImageError(f"{path} is too small to be measured at x{scale}", "take it out of the folder")
    return crop_to_multiple(np.repeat(pixels, 3 // pixels.shape[2], axis=2), scale)
