"""IDX files, as MNIST and its kin ship: arrays of bytes behind a short header, gzipped or not. Torch-free.

The format: two zero bytes, the element's type, the number of axes, a big-endian size of four bytes for
each axis, then the elements (LeCun, Cortes and Burges, "The MNIST database of handwritten digits").
"""

from __future__ import annotations

import gzip
import math
import re
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gantool.errors import TrainError, UsageError
from gantool.paths import is_file, is_folder

_UNSIGNED_BYTE = 8
_NAME = re.compile(r"[-.]idx\d(-ubyte)?(\.gz)?$|\.idx(\.gz)?$")
_LABELS = re.compile(r"labels|idx1")
_MAGIC, _GZIP = b"\0\0", b"\x1f\x8b"


def is_idx(path: Path) -> bool:
    """Return whether the name is that of an IDX file, such as `train-images-idx3-ubyte.gz`."""
    return is_file(path) and bool(_NAME.search(path.name))


def idx_images(place: Path) -> Path | None:
    """Return the IDX file of images that `place` is or, as a folder, holds; None where it is something else.

    Raises:
        UsageError: the folder holds several, such as MNIST's training and test digits.
    """
    if not is_folder(place):
        return place if is_idx(place) else None
    found = sorted(path for path in place.iterdir() if is_idx(path) and not _LABELS.search(path.name))
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise UsageError(f"{place} holds {len(found)} IDX files of images", f"name one of them: {names}")
    return found[0] if found else None


def read_idx(path: Path) -> NDArray[np.uint8]:
    """Return the array of an IDX file of unsigned bytes.

    Raises:
        TrainError: it cannot be read, is no IDX file of bytes, or is cut short.
    """
    content = _content(path)
    axes = content[3] if len(content) > 3 else 0
    head = 4 + 4 * axes
    if content[:2] != _MAGIC or not axes or content[2] != _UNSIGNED_BYTE or len(content) < head:
        raise TrainError(f"{path} is no IDX file of unsigned bytes", "name one as MNIST ships them")
    shape = tuple(int(size) for size in np.frombuffer(content, ">u4", axes, 4))
    expected = math.prod(shape)  # in Python's integers, which the sizes of a damaged header do not overflow
    if len(content) - head < expected:
        raise TrainError(
            f"{path} is cut short: {len(content) - head} bytes of {expected}", "copy or download it again"
        )
    return np.frombuffer(content, np.uint8, expected, head).reshape(shape)


def labels_beside(images: Path) -> Path | None:
    """Return the file of labels that belongs to one of images by MNIST's naming, None where there is none."""
    name = images.name.replace("images", "labels").replace("idx3", "idx1").replace("idx4", "idx1")
    labels = images.with_name(name)
    return labels if name != images.name and is_file(labels) else None


def _content(path: Path) -> bytes:
    try:
        stored = path.read_bytes()
        return gzip.decompress(stored) if stored[:2] == _GZIP else stored
    except EOFError:
        raise TrainError(f"{path} is cut short", "copy or download it again") from None
    except (OSError, zlib.error) as problem:
        raise TrainError(f"{path} cannot be read ({problem})", "copy or download it again") from None
