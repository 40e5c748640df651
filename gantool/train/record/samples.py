"""The sample grids of a run as frames for its page: the newest whole, a selection of the others reduced."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from PIL import Image

from gantool.atomic import write_atomic
from gantool.errors import TrainError
from gantool.report.viewer import Frame
from gantool.train.folder import SAMPLES

FRAMES = 48
"""Steps of a page; where a run has more, every second, fourth ... is shown."""
LONGEST = 720
"""Pixels of a reduced grid's longer side."""
REDUCED_BYTES = 72 << 10
WHOLE_BYTES = 5 << 20
"""A newest grid larger than this is compressed: 48 reduced ones and it stay under 12 MB in base64."""
_NAME = re.compile(r"step-(\d+)\.png")
_FOLDER = "reduced"


def sample_frames(pictures: Sequence[tuple[int, Path]]) -> tuple[Frame, ...]:
    """Return frames of what `sample_pictures` found, by step; unreadable pictures are left out.

    Reduced pictures are kept in `samples/reduced/`, so that each is made once. Where they cannot be
    kept, they are made again next time.
    """
    chosen = [pictures[index] for index in _selection(len(pictures))]
    frames = [_reduced(path, step) for step, path in chosen[:-1]]
    frames.extend(_whole(path, step) for step, path in chosen[-1:])
    return tuple(frame for frame in frames if frame is not None)


def sample_pictures(folder: Path, until: int) -> tuple[tuple[int, Path], ...]:
    """Return step and file of the sample grids, by step.

    What lies after step `until` was made before the run went back, and is not its own any more.
    """
    found = ((_NAME.fullmatch(path.name), path) for path in (folder / SAMPLES).glob("step-*.png"))
    steps = ((int(match[1]), path) for match, path in found if match)
    return tuple(sorted((step, path) for step, path in steps if step <= until))


def _selection(count: int) -> Sequence[int]:
    """Return indices: the newest, and every 1st, 2nd, 4th ... of the others, so growth shifts none."""
    stride = 1
    while count > (FRAMES - 1) * stride:
        stride *= 2
    return sorted({*range(0, count, stride), count - 1}) if count else []


def _reduced(path: Path, step: int) -> Frame | None:
    kept = path.parent / _FOLDER / f"{path.stem}.jpg"
    try:
        if not kept.exists() or kept.stat().st_mtime < path.stat().st_mtime:
            content = _jpeg(path, LONGEST, REDUCED_BYTES)
            with suppress(OSError, TrainError):
                kept.parent.mkdir(exist_ok=True)
                write_atomic(kept, content, error=TrainError)
        else:
            content = kept.read_bytes()
        return _frame(step, "image/jpeg", content, "reduced")
    except (OSError, SyntaxError, ValueError):  # what Pillow says of torn files
        return None


def _whole(path: Path, step: int) -> Frame | None:
    try:
        content = path.read_bytes()
        with Image.open(io.BytesIO(content)) as picture:
            picture.verify()
        if len(content) <= WHOLE_BYTES:
            return _frame(step, "image/png", content, "newest, whole")
        return _frame(step, "image/jpeg", _jpeg(path, 1 << 16, WHOLE_BYTES), "newest, compressed")
    except (OSError, SyntaxError, ValueError):
        return None


def _frame(step: int, kind: str, content: bytes, note: str) -> Frame:
    with Image.open(io.BytesIO(content)) as picture:
        return Frame(step, kind, content, picture.width, picture.height, note)


def _jpeg(path: Path, longest: int, limit: int) -> bytes:
    """Return the picture as JPEG of at most `limit` bytes, smaller and coarser until it fits."""
    with Image.open(path) as source:
        picture = source.convert("RGB")
    picture.thumbnail((longest, longest), Image.Resampling.BOX)
    for quality in (88, 78, 68, 58):
        content = _encoded(picture, quality)
        if len(content) <= limit:
            return content
    while len(content) > limit and max(picture.size) > 16:
        picture.thumbnail((picture.width * 3 // 4, picture.height * 3 // 4), Image.Resampling.BOX)
        content = _encoded(picture, 68)
    return content


def _encoded(picture: Image.Image, quality: int) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=quality, subsampling=0)
    return stream.getvalue()
