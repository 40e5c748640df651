"""What is measured: clean pictures with seeded noise added, or pairs that a camera took.

Torch-free until a case is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gantool.errors import ImageError, UsageError
from gantool.task import Case

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

MAX_PIXELS = 100_000_000
SMALLEST_SIDE = 16


@dataclass(frozen=True)
class AddedNoise:
    """Each clean picture at each level, decoded one by one; noise is seeded by place and level.

    A level is of 255; None is a simulated camera.
    """

    folder: Path
    files: tuple[Path, ...]
    levels: tuple[float | None, ...]
    clipped: bool

    def __len__(self) -> int:
        """Return the number of cases."""
        return len(self.files) * len(self.levels)

    def __iter__(self) -> Iterator[Case]:
        """Yield the cases, level by level; ImageError for a picture that cannot be used."""
        from gantool.images import ArrayPicture

        for level in self.levels:
            for index, path in enumerate(self.files):
                clean = read_clean(path)
                noisy = spoil(clean, level, index, self.clipped)
                name = path.relative_to(self.folder).as_posix()
                group = "camera" if level is None else f"sigma {level:g}"
                yield Case(name, ArrayPicture(noisy), ArrayPicture(clean), group=group)


@dataclass(frozen=True)
class Pairs:
    """Pictures as a camera took them, noisy and clean."""

    folder: Path
    files: tuple[tuple[Path, Path], ...]

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.files)

    def __iter__(self) -> Iterator[Case]:
        """Yield the pairs; ImageError for one that cannot be used."""
        from gantool.images import ArrayPicture

        for noisy_path, clean_path in self.files:
            noisy, clean = read_clean(noisy_path), read_clean(clean_path)
            if noisy.shape != clean.shape:
                raise ImageError(
                    f"{noisy_path} is not as large as {clean_path}", "pairs must show the same pixels"
                )
            yield Case(
                clean_path.relative_to(self.folder).as_posix(), ArrayPicture(noisy), ArrayPicture(clean)
            )


def matched(
    noisy_folder: Path, noisy: tuple[Path, ...], clean_folder: Path, clean: tuple[Path, ...]
) -> tuple[tuple[Path, Path], ...]:
    """Return (noisy, clean) of the same relative name, whatever the suffix.

    Raises:
        UsageError: one is left alone, or two of a folder have one name.
    """
    by_name = _by_name(noisy_folder, noisy)
    wanted = _by_name(clean_folder, clean)
    for name, others, folder in (
        *((name, by_name, noisy_folder) for name in wanted),
        *((name, wanted, clean_folder) for name in by_name),
    ):
        if name not in others:
            raise UsageError(f"{name} has no partner in {folder}", "give pairs of the same names")
    return tuple((by_name[name], path) for name, path in wanted.items())


def _by_name(folder: Path, files: tuple[Path, ...]) -> dict[Path, Path]:
    found: dict[Path, Path] = {}
    for path in files:
        name = path.relative_to(folder).with_suffix("")
        if name in found:
            raise UsageError(
                f"{found[name]} and {path} have one name",
                "suffixes do not count in pairs: take one of them out",
            )
        found[name] = path
    return found


def read_clean(path: Path) -> Pixels:
    """Return a picture as (H, W, 3) uint8; grey is repeated, as papers have it."""
    import numpy as np

    from gantool.images import decode

    pixels = decode(path, max_pixels=MAX_PIXELS).pixels
    if pixels.dtype == np.uint16:
        pixels = np.rint(pixels / 257).astype(np.uint8)
    if min(pixels.shape[:2]) < SMALLEST_SIDE:
        raise ImageError(f"{path} is too small to be measured", "take it out of the folder")
    return np.repeat(pixels, 3 // pixels.shape[2], axis=2)


def spoil(clean: Pixels, level: float | None, seed: int, clipped: bool) -> NDArray[np.generic]:
    """Return (H, W, 3) with noise: uint8 where it is clipped, else float32 of 1 for white.

    White Gaussian noise of `level` (of 255) by NumPy's generator; None is a simulated camera, always clipped.
    """
    import numpy as np

    if level is None:
        return through_camera(clean, seed)
    rng = np.random.default_rng([seed, round(level * 100)])
    noisy = clean / 255 + rng.normal(0, level / 255, clean.shape)
    if clipped:
        return np.rint(np.clip(noisy, 0, 1) * 255).astype(np.uint8)
    return noisy.astype(np.float32)


CAMERA_SEED = 7_000_000
"""Training draws its cameras from other seeds."""


def through_camera(clean: Pixels, seed: int) -> Pixels:
    """Return (H, W, 3) uint8 as a simulated camera, drawn by `seed`, would take it, JPEG included."""
    import numpy as np
    import torch

    from gantool.train.codec import quantise
    from gantool_denoise.camera import camera_noise
    from gantool_denoise.compress import jpeg_some
    from gantool_denoise.mixture import PhotoShares

    rng = torch.Generator().manual_seed(CAMERA_SEED + seed)
    image = torch.from_numpy(clean).permute(2, 0, 1)[None].float().div(255)
    noisy = quantise(image + camera_noise(image, rng))
    taken = jpeg_some(noisy, 1.0, PhotoShares().quality, rng)
    return np.ascontiguousarray(taken[0].mul(255).round().byte().permute(1, 2, 0).numpy())
