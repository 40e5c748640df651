"""Images from latents, a batch at a time: memory does not grow with their number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import torch
from torch import Tensor

from gantool.errors import ImageError, UsageError
from gantool.sampling.latents import Source
from gantool.task import Features, Sampler

PIXELS_AT_ONCE = 1 << 18
"""Of the images of a batch, where its size is left to us: 64 of 64 x 64 pixels, 4 of 256 x 256."""
MOST_AT_ONCE = 64
FEATURES_AT_ONCE = 256
MOST_PIXELS = 200_000_000
"""Of a sheet, which is held whole."""


@torch.inference_mode()
def batch_for(sampler: Sampler, latents: Source) -> int:
    """Return how many images to compute at once, by the size of one that is made to see."""
    image = sampler(latents([0]))
    return max(1, min(MOST_AT_ONCE, PIXELS_AT_ONCE // (image.shape[2] * image.shape[3])))


def draw(
    sampler: Sampler, latents: Source, numbers: Iterable[int], batch: int
) -> Iterator[tuple[int, Tensor]]:
    """Yield number and image (C, H, W) in [0, 1] on the CPU for each number, in order.

    Raises:
        ImageError: an image is not finite.
    """
    for part, images in draw_batches(sampler, latents, numbers, batch):
        yield from zip(part, images, strict=True)


def draw_batches(
    sampler: Sampler, latents: Source, numbers: Iterable[int], batch: int
) -> Iterator[tuple[Sequence[int], Tensor]]:
    """Yield numbers and images (N, C, H, W) in [0, 1] on the CPU, `batch` at a time.

    Raises:
        ImageError: an image is not finite.
    """
    rest = iter(numbers)
    while part := list(islice(rest, batch)):
        with torch.inference_mode():
            images = sampler(latents(part)).float()
            if not bool(images.isfinite().all()):
                raise ImageError("the network gave values that are not finite", "take other weights")
        yield part, images.clamp(0, 1).cpu()


def features_of(features: Features, images: Tensor, device: torch.device) -> Tensor:
    """Return the features (N, F) of images (N, C, H, W), uint8 or in [0, 1], on the CPU."""
    found = []
    for part in images.split(FEATURES_AT_ONCE):  # type: ignore[no-untyped-call]
        levels = part.to(device)
        levels = levels if levels.is_floating_point() else levels.float() / 255
        with torch.inference_mode():
            found.append(features.of(levels).float().flatten(1).cpu())
    return torch.cat(found)


def to_bytes(image: Tensor) -> Tensor:
    """Return (..., C, H, W) in [0, 1] as uint8, rounded to the nearest level."""
    return image.clamp(0, 1).mul(255).round().byte()


def grid(images: Iterable[Tensor], count: int, columns: int) -> Tensor:
    """Return `count` images (C, H, W) in [0, 1] on one sheet (C, height, width), uint8.

    Rows have `columns` images, a pixel apart. Places that are left are black.

    Raises:
        UsageError: the sheet would be larger than any picture should be.
    """
    rows = -(-count // columns)
    sheet = torch.zeros(0)
    for place, image in enumerate(images):
        channels, height, width = image.shape
        if not place:
            size = (rows * (height + 1) - 1, columns * (width + 1) - 1)
            if size[0] * size[1] > MOST_PIXELS:
                raise UsageError(f"a sheet of {count} images is too large", "give a smaller -n")
            sheet = torch.zeros(channels, *size, dtype=torch.uint8)
        row, column = divmod(place, columns)
        top, left = row * (height + 1), column * (width + 1)
        sheet[:, top : top + height, left : left + width] = to_bytes(image)
    return sheet
