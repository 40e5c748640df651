"""How near the colours are to the true ones, and how many there are. Torch-free until it measures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gantool.task import Case, Metric

from gantool_colorize.options import ColorizeOptions

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class GreyCases:
    """Colour photographs made grey, read one by one."""

    folder: Path
    files: tuple[Path, ...]

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self.files)

    def __iter__(self) -> Iterator[Case]:
        """Yield a case for each picture; ImageError for one that cannot be read."""
        import numpy as np
        from gantool.images import ArrayPicture
        from gantool.train.reading import read_rgb

        for path in self.files:
            clean = read_rgb(path)
            bright = np.rint(clean @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)
            grey = np.repeat(bright[..., None], 3, axis=2)
            yield Case(path.relative_to(self.folder).as_posix(), ArrayPicture(grey), ArrayPicture(clean))


def cases(options: ColorizeOptions, folder: Path) -> GreyCases:
    """Return a case for every picture under `folder`; UsageError where there is none."""
    from gantool.images.searching import find_pictures

    return GreyCases(folder, find_pictures(folder))


def metrics(options: ColorizeOptions) -> Mapping[str, Metric]:
    """Return PSNR over RGB, and the colourfulness of the output and of the truth.

    Many colourings of a picture are right, and grey has a good PSNR: only both together say something.
    """
    from gantool.metrics import psnr

    return {
        "PSNR": lambda output, clean, case: psnr(output, clean),
        "colourfulness": lambda output, clean, case: colourfulness(output),
        "true colourfulness": lambda output, clean, case: colourfulness(clean),
    }


def protocol(options: ColorizeOptions) -> str:
    """Return the protocol in one line."""
    return (
        f"BT.601 luma in 8 bits, coloured at {options.detail} pixels, saturation {options.saturation:g}; "
        "PSNR over RGB; colourfulness of Hasler and Suesstrunk 2003, of 255"
    )


def colourfulness(image: Tensor) -> float:
    """Return M3 of Hasler and Suesstrunk 2003, "Measuring colorfulness in natural images", equation 3.

    Their readers called 15 slightly, 45 averagely and 82 highly colourful; grey has 0.

    Args:
        image: (1, 3, H, W) in [0, 1].
    """
    red, green, blue = (255 * image[0].double()).unbind(0)
    red_green, yellow_blue = red - green, (red + green) / 2 - blue
    spread = (red_green.var(correction=0) + yellow_blue.var(correction=0)).sqrt()
    offset = (red_green.mean().square() + yellow_blue.mean().square()).sqrt()
    return float(spread + 0.3 * offset)
