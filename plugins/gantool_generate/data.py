"""Training pictures whole and in memory: IDX files as MNIST ships, folders, folders of classes."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from gantool.errors import TrainError, UsageError
from gantool.images import decode, probe
from gantool.images.searching import find_pictures
from gantool.paths import exists, is_file, is_folder
from gantool.train.data.idx import idx_images, labels_beside, read_idx
from gantool.train.reading import MAX_PIXELS

FEWEST = 8
"""Pictures below which there is no distribution to learn or to compare with."""

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class LabelledImages:
    """Pictures (N, C, H, W) uint8, their classes (N,) int64 or None, and the classes' names."""

    images: Tensor
    labels: Tensor | None
    class_names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.images)


@dataclass(frozen=True)
class Wanted:
    """What pictures are made into: `side` 0 and `channels` 0 leave them as they are.

    With `crop` the middle square is cut out of each; without, they must be squares of one size. Where `side`
    is 0, the largest of `sides` that all pictures have is taken. `memory`: bytes they may take, 0 for any.
    `learns` is False where pictures are only compared with: their commands have no --side.
    """

    side: int = 0
    channels: int = 0
    crop: bool = False
    learns: bool = True
    sides: tuple[int, ...] = ()
    memory: int = 0

    def side_of(self, shorter: int) -> int:
        """Return the side of what is made of pictures whose shortest side is `shorter`."""
        return self.side or max((side for side in self.sides if side <= shorter), default=shorter)


def open_images(path: Path, wanted: Wanted | None = None, apart: Path | None = None) -> LabelledImages:
    """Read an IDX file of images (and the labels beside it), or a folder of pictures or of classes.

    A folder may hold the IDX file, too. Folders directly under `path` are classes, if all pictures lie in
    such; their names are the classes'. Pictures larger than the wanted side are reduced by area. What the
    folder `apart` holds is left out, unless that is `path` itself.

    Raises:
        UsageError: `path` is missing, holds no pictures, or several IDX files of images.
        TrainError: fewer than 8 pictures, mixed sizes or modes, pictures too small, or more than `memory`
            holds; an IDX file cut short.
    """
    wanted = wanted or Wanted()
    if not exists(path):
        raise UsageError(f"{path} does not exist", "name a folder of pictures or an IDX file")
    idx = idx_images(path)
    if is_file(path) and not idx:
        raise UsageError(
            f"{path} is no IDX file by its name", "name a folder, or a file such as x-idx3-ubyte.gz"
        )
    return _of_idx(idx, wanted) if idx else _of_folder(path, wanted, apart)


def _of_idx(path: Path, wanted: Wanted) -> LabelledImages:
    array = read_idx(path)
    if array.ndim not in (3, 4) or (array.ndim == 4 and array.shape[3] != 3):
        raise TrainError(f"{path} holds no images: its shape is {array.shape}", "name the file of images")
    _check_count(len(array), path, wanted)
    pictures = [picture.reshape(*picture.shape[:2], -1) for picture in array]
    side = wanted.side_of(min(pictures[0].shape[:2]))
    _check_memory(side, [picture.shape[2] for picture in pictures], wanted)
    images = _stacked(
        [_made(each, wanted, side) for each in pictures], [str(path)] * len(pictures), side, wanted
    )
    beside = labels_beside(path)
    if beside is None:
        return LabelledImages(images, None)
    labels = read_idx(beside)
    if labels.shape != (len(images),):
        raise TrainError(
            f"{beside} has {len(labels)} labels for {len(images)} images",
            "the two files do not belong together",
        )
    # Numbers that no picture has, such as 0 where labels begin at 1, are no classes.
    numbers, places = np.unique(labels, return_inverse=True)
    names = tuple(str(number) for number in numbers)
    return LabelledImages(images, torch.from_numpy(places.astype(np.int64)), names)


def _of_folder(path: Path, wanted: Wanted, apart: Path | None) -> LabelledImages:
    files = find_pictures(path) if apart is None else _without(apart, path)
    _check_count(len(files), path, wanted)
    # Each is reduced in its thread: all of them whole may not fit into memory.
    with ThreadPoolExecutor() as threads:
        headers = list(threads.map(probe, files))
        side = wanted.side_of(min(min(header.width, header.height) for header in headers))
        _check_memory(side, [header.channels for header in headers], wanted)
        made = list(threads.map(lambda file: _made(_read(file), wanted, side), files))
    images = _stacked(made, [str(file) for file in files], side, wanted)
    parts = [file.relative_to(path).parts for file in files]
    names = tuple(sorted({part[0] for part in parts}))
    if any(len(part) < 2 for part in parts) or len(names) < 2:
        return LabelledImages(images, None)
    return LabelledImages(images, torch.tensor([names.index(part[0]) for part in parts]), names)


def _without(apart: Path, path: Path) -> Sequence[Path]:
    """Return the pictures of `path` that do not lie in `apart` as well, by whatever path they are named."""
    files = find_pictures(path)
    if not is_folder(apart) or idx_images(apart) or apart.samefile(path):
        return files
    others = {file.resolve() for file in find_pictures(apart)}
    left = [file for file in files if file.resolve() not in others]
    if not left:
        raise TrainError(
            f"all pictures of {path} are validation pictures, and none is left to learn from",
            "name other ones with --val, or leave it out",
        )
    return left


def _check_count(count: int, path: Path, wanted: Wanted) -> None:
    if count < FEWEST:
        purpose = "learn from" if wanted.learns else "compare with"
        raise TrainError(
            f"{path} holds {count} pictures, too few to {purpose}", f"give {FEWEST} or more, better hundreds"
        )


def _check_memory(side: int, channels: Sequence[int], wanted: Wanted) -> None:
    size = side * side * sum(wanted.channels or each for each in channels)
    if wanted.memory and size > wanted.memory:
        raise TrainError(
            f"the pictures take {size >> 20} MiB at {side} pixels a side", "raise --memory or lower --side"
        )


def _read(file: Path) -> Pixels:
    pixels = decode(file, max_pixels=MAX_PIXELS).pixels
    if pixels.dtype == np.uint16:
        pixels = ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
    return pixels


@dataclass(frozen=True)
class _Made:
    """A picture (side, side, C) as it is wanted, None where it cannot be; `shape` (H, W, C) it had."""

    pixels: Pixels | None
    shape: tuple[int, ...]


def _made(picture: Pixels, wanted: Wanted, side: int) -> _Made:
    """Cut, convert and reduce (H, W, C) to `side`; what is too small, or no square uncut, is left out."""
    shape = picture.shape
    if min(shape[:2]) < side or not (wanted.crop or shape[0] == shape[1]):
        return _Made(None, shape)
    if wanted.crop:
        picture = _middle(picture)
    if wanted.channels:
        picture = _coloured(picture, wanted.channels)
    # A copy: a view would keep the whole picture.
    return _Made(_reduced(picture, side).copy(), shape)


def _stacked(made: Sequence[_Made], names: Sequence[str], side: int, wanted: Wanted) -> Tensor:
    """Return (N, C, side, side); TrainError where they are not alike, or too small."""
    shapes = [each.shape for each in made]
    if not wanted.crop:
        _check_sizes(shapes, names)
    if not wanted.channels:
        _check_modes(shapes, names)
    for shape, name in zip(shapes, names, strict=True):
        if min(shape[:2]) < side:
            raise TrainError(
                f"{name} has {min(shape[:2])} pixels a side, less than {side}",
                "give larger pictures or a lower --side" if wanted.learns else "give larger pictures",
            )
    array = np.stack([each.pixels for each in made if each.pixels is not None])
    return torch.from_numpy(array).permute(0, 3, 1, 2).contiguous()


def _check_sizes(shapes: Sequence[tuple[int, ...]], names: Sequence[str]) -> None:
    first = shapes[0][:2]
    if first[0] != first[1]:
        raise TrainError(
            f"{names[0]} is no square ({first[1]} x {first[0]})", "--crop takes each one's middle"
        )
    for shape, name in zip(shapes, names, strict=True):
        if shape[:2] != first:
            raise TrainError(
                f"pictures of mixed sizes: {names[0]} is {first[1]} x {first[0]}, {name} is "
                f"{shape[1]} x {shape[0]}",
                "--crop takes each one's middle square",
            )


def _check_modes(shapes: Sequence[tuple[int, ...]], names: Sequence[str]) -> None:
    first = shapes[0][2]
    for shape, name in zip(shapes, names, strict=True):
        if shape[2] != first:
            grey, colour = (names[0], name) if first == 1 else (name, names[0])
            raise TrainError(
                f"pictures of mixed modes: {grey} is grey, {colour} is in colour",
                "add --channels 1 or --channels 3",
            )


def _middle(picture: Pixels) -> Pixels:
    side = min(picture.shape[:2])
    y, x = ((length - side) // 2 for length in picture.shape[:2])
    return picture[y : y + side, x : x + side]


def _coloured(picture: Pixels, channels: int) -> Pixels:
    if picture.shape[2] == channels:
        return picture
    if channels == 3:
        return np.repeat(picture, 3, axis=2)
    return np.asarray(Image.fromarray(picture).convert("L"))[..., None]


def _reduced(picture: Pixels, side: int) -> Pixels:
    if len(picture) == side:
        return picture
    whole = Image.fromarray(picture[..., 0] if picture.shape[2] == 1 else picture)
    small = np.asarray(whole.resize((side, side), Image.Resampling.BOX))
    return small.reshape(side, side, -1)
