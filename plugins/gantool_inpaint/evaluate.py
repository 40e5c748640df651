"""The protocol of the inpainting papers: seeded brush strokes on clean centre crops, by the area they cover.

Torch-free until a case or a metric is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gantool.errors import ImageError, UsageError
from gantool.task import Case, LoadedWeight, Metric, Picture
from gantool_inpaint.options import MASK, InpaintOptions, Kind, kind_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

SIDE = 256
MAX_PIXELS = 100_000_000
SMALLEST_SIDE = 32
"""Smaller pictures have no room for strokes."""

GREY = 128
"""What stands in holes, of 255."""


@dataclass(frozen=True)
class Bucket:
    """A range of the share of the area that holes cover, in percent."""

    least: int
    most: int

    @property
    def name(self) -> str:
        """Return it as tables have it, such as `20-30 %`."""
        return f"{self.least}-{self.most} %"


BUCKETS = tuple(Bucket(least, least + 10) for least in range(0, 50, 10))


@dataclass(frozen=True)
class EvaluateInpaintOptions(InpaintOptions):
    """Options of `evaluate inpaint`: the holes are seeded, so that what marks holes is no option here."""

    kind: Annotated[Kind, typer.Option(help="The weights to measure: photo or fidelity.")] = Kind.photo
    holes: Annotated[
        str,
        typer.Option(
            metavar="A-B,...", help="Measure only these shares of the area, in percent, such as 20-30,40-50."
        ),
    ] = ",".join(f"{bucket.least}-{bucket.most}" for bucket in BUCKETS)
    stlpips: Annotated[
        Path | None,
        typer.Option(help="Also measure the learned distance ST-LPIPS, by these weights (safetensors)."),
    ] = None
    mask_from: None = field(init=False, default=None)
    box: None = field(init=False, default=None)
    polygon: None = field(init=False, default=None)
    invert_mask: bool = field(init=False, default=False)
    fit_mask: bool = field(init=False, default=False)
    dilate: int = field(init=False, default=0)
    feather: int = field(init=False, default=0)
    variants: int = field(init=False, default=1)

    def __post_init__(self) -> None:
        """Refuse shares that are not measured."""
        buckets(self)


def buckets(options: EvaluateInpaintOptions) -> tuple[Bucket, ...]:
    """Return the shares to measure; UsageError for one that there is not."""
    known = {f"{bucket.least}-{bucket.most}": bucket for bucket in BUCKETS}
    named = [part.strip() for part in options.holes.split(",")]
    if stray := [name for name in named if name not in known]:
        raise UsageError(f"--holes has no {stray[0]!r}", f"choose of {', '.join(known)}")
    return tuple(known[name] for name in named)


@dataclass(frozen=True)
class Holed:
    """Centre crops with seeded holes, bucket by bucket."""

    folder: Path
    files: tuple[Path, ...]
    buckets: tuple[Bucket, ...]

    def __len__(self) -> int:
        """Return the number of cases."""
        return len(self.files) * len(self.buckets)

    def __iter__(self) -> Iterator[Case]:
        """Yield the cases; ImageError for a picture that cannot be used."""
        from gantool.images import ArrayPicture

        for bucket in self.buckets:
            for index, path in enumerate(self.files):
                clean = read_crop(path)
                mask = holes(bucket, index, len(clean))
                degraded = clean.copy()
                degraded[mask > 0] = GREY
                name = path.relative_to(self.folder).as_posix()
                extras: dict[str, Picture] = {MASK.name: ArrayPicture(mask)}
                yield Case(name, ArrayPicture(degraded), ArrayPicture(clean), extras, bucket.name)


def cases(options: EvaluateInpaintOptions, folder: Path) -> Holed:
    """Return the cases for the pictures under `folder`; UsageError where there is none."""
    from gantool.images.searching import find_pictures

    return Holed(folder, find_pictures(folder), buckets(options))


def holes(bucket: Bucket, index: int, side: int = SIDE) -> NDArray[np.uint8]:
    """Return the mask of a bucket's picture by its number, (side, side), 255 in holes: brush strokes."""
    import numpy as np

    from gantool_inpaint.brush import brush_mask

    mask = brush_mask(side, 1000 * bucket.least + index, max(bucket.least, 1) / 100, bucket.most / 100)
    return np.where(mask, np.uint8(255), np.uint8(0))


def read_crop(path: Path) -> NDArray[np.uint8]:
    """Return a picture's middle, (S, S, 3) uint8, S being 256 or its shorter side; grey is repeated.

    Raises:
        ImageError: it cannot be read, or is smaller than 32 pixels a side.
    """
    import numpy as np

    from gantool.images import decode

    pixels = decode(path, max_pixels=MAX_PIXELS).pixels
    if pixels.dtype == np.uint16:
        pixels = np.rint(pixels / 257).astype(np.uint8)
    height, width = pixels.shape[:2]
    if min(height, width) < SMALLEST_SIDE:
        raise ImageError(f"{path} is too small to be measured", "take it out of the folder")
    side = min(SIDE, height, width)
    top, left = (height - side) // 2, (width - side) // 2
    middle = pixels[top : top + side, left : left + side]
    return np.repeat(middle, 3 // middle.shape[2], axis=2)


def metrics(options: EvaluateInpaintOptions) -> Mapping[str, Metric]:
    """Return PSNR and SSIM, of all and of the holes, and ST-LPIPS where its weights are given.

    Raises:
        WeightError: the ST-LPIPS weights cannot be used.
    """
    from gantool.metrics import load_stlpips, psnr, ssim_y

    figures: dict[str, Metric] = {
        "PSNR": lambda output, clean, case: psnr(output, clean),
        "PSNR hole": lambda output, clean, case: hole_psnr(output, clean, _mask_of(case)),
        "SSIM-Y": lambda output, clean, case: ssim_y(output, clean, 0),
        "SSIM-Y hole": lambda output, clean, case: hole_ssim(output, clean, _mask_of(case)),
    }
    if options.stlpips is not None:
        distance = load_stlpips(options.stlpips)
        figures["ST-LPIPS"] = lambda output, clean, case: float(distance(output, clean))
    return figures


def hole_psnr(output: Tensor, clean: Tensor, mask: Tensor) -> float:
    """Return the PSNR, in dB, over the pixels where `mask` (1, 1, H, W) is above 0."""
    from gantool.metrics import psnr

    inside = mask[0, 0] > 0
    return psnr(output[..., inside][..., None], clean[..., inside][..., None])


def hole_ssim(output: Tensor, clean: Tensor, mask: Tensor) -> float:
    """Return the SSIM of luma over the windows whose middle, or the nearest there is to it, is in a hole."""
    import torch.nn.functional as functional

    from gantool.metrics import luma, ssim_map
    from gantool.metrics.quality import SSIM_WINDOW

    edges = (SSIM_WINDOW // 2,) * 4
    similar = functional.pad(ssim_map(luma(output), luma(clean)), edges, mode="replicate")
    return float(similar[mask > 0].mean())


def _mask_of(case: Case) -> Tensor:
    from gantool.evaluation import whole

    return whole(case.extras[MASK.name])


def way(options: EvaluateInpaintOptions, weights: Sequence[LoadedWeight]) -> str:
    """Return how holes were filled: the weight has the say, not the options."""
    return f"filled as of kind {kind_of(options, weights)}"


def protocol(options: EvaluateInpaintOptions) -> str:
    """Return the protocol in one line."""
    learned = "; ST-LPIPS (alex)" if options.stlpips is not None else ""
    return (
        f"centre crops of up to {SIDE} pixels, seeded brush strokes over {options.holes} % of it, grey "
        f"there; output in 8 bits; PSNR over RGB, SSIM over luma, of all and over holes alone{learned}"
    )
