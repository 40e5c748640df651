"""The protocols of the denoising papers: seeded noise on clean pictures, or pairs that a camera took.

Torch-free until a case or a metric is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gantool.errors import UsageError
from gantool.task import Metric
from gantool_denoise.cases import AddedNoise, Pairs, matched
from gantool_denoise.options import AUTO, MOST_SIGMA, DenoiseOptions, Kind, read_level

LEVELS = "15,25,50"


class Noise(StrEnum):
    """What clean pictures are spoiled by."""

    gaussian = "gaussian"
    camera = "camera"


@dataclass(frozen=True)
class EvaluateDenoiseOptions(DenoiseOptions):
    """Options of `evaluate denoise`. `sigma` is what is added here; the network is never told."""

    kind: Annotated[Kind, typer.Option(help="The weights to measure: photo or gaussian.")] = Kind.gaussian
    sigma: Annotated[
        str,
        typer.Option(help="Levels of the noise to add, of 255; the network is not told.", metavar="N,N,..."),
    ] = LEVELS
    noise: Annotated[
        Noise, typer.Option(help="gaussian: white, at each --sigma. camera: through a simulated camera.")
    ] = Noise.gaussian
    clipped: Annotated[
        bool, typer.Option(help="Clip the noisy picture to 8 bits as a file has, or keep it as papers do.")
    ] = False
    pairs: Annotated[
        Path | None, typer.Option(help="Folder of noisy pictures, named as the clean ones in --data.")
    ] = None
    stlpips: Annotated[
        Path | None,
        typer.Option(help="Also measure the learned distance ST-LPIPS, by these weights (safetensors)."),
    ] = None

    def __post_init__(self) -> None:
        """Refuse levels that cannot be meant, and what says how to spoil what comes spoiled already."""
        levels(self)
        if self.pairs is not None:
            self._refuse("--pairs", "noise", "sigma", "clipped")
        if self.noise is Noise.camera:
            self._refuse("--noise camera", "sigma", "clipped")

    def _refuse(self, given: str, *names: str) -> None:
        """Raise UsageError where one of these options is not as usual."""
        usual = {field.name: field.default for field in fields(self)}
        for name in names:
            if getattr(self, name) != usual[name]:
                raise UsageError(f"{given} takes no --{name}", "leave out one of the two")

    @property
    def told_sigma(self) -> float | None:
        """Return None: measured is what the estimate makes of it."""
        return None


def levels(options: EvaluateDenoiseOptions) -> tuple[float, ...]:
    """Return the levels to add, of 255; UsageError for one that is not between 0 and MOST_SIGMA."""
    parts = [part.strip() for part in options.sigma.split(",")]
    if AUTO in parts:
        raise UsageError(
            "--sigma auto names no noise to add", f"give levels up to {MOST_SIGMA:g}, like {LEVELS}"
        )
    return tuple(read_level(part) for part in parts)


def cases(options: EvaluateDenoiseOptions, folder: Path) -> AddedNoise | Pairs:
    """Return the cases for the pictures under `folder`.

    Raises:
        UsageError: there is no picture, one of a pair is missing, or one is too small for ST-LPIPS.
        ImageError: one cannot be read, where ST-LPIPS needs to know its size.
    """
    from gantool.images.searching import find_pictures

    clean = find_pictures(folder)
    if options.stlpips is not None:
        from gantool.metrics.stlpips import check_sides

        check_sides(clean)
    if options.pairs is None:
        wanted = (None,) if options.noise is Noise.camera else levels(options)
        return AddedNoise(folder, clean, wanted, options.clipped)
    return Pairs(folder, matched(options.pairs, find_pictures(options.pairs), folder, clean))


def metrics(options: EvaluateDenoiseOptions) -> Mapping[str, Metric]:
    """Return PSNR over RGB, SSIM, and ST-LPIPS where its weights are given.

    Raises:
        WeightError: the ST-LPIPS weights cannot be used.
    """
    from gantool.metrics import load_stlpips, psnr, ssim

    figures: dict[str, Metric] = {
        "PSNR": lambda output, clean, case: psnr(output, clean),
        "SSIM": lambda output, clean, case: ssim(output, clean),
    }
    if options.stlpips is not None:
        distance = load_stlpips(options.stlpips)
        figures["ST-LPIPS"] = lambda output, clean, case: float(distance(output, clean))
    return figures


def protocol(options: EvaluateDenoiseOptions) -> str:
    """Return the protocol in one line."""
    if options.pairs is not None:
        source = f"noisy pictures of {options.pairs.name}"
    elif options.noise is Noise.camera:
        source = "simulated cameras (mosaic, raw noise, demosaicing, tone curve, JPEG 40-95), seeded"
    else:
        clipped = "clipped to 8 bits" if options.clipped else "not clipped"
        source = f"white Gaussian noise of sigma {options.sigma} on RGB, seeded, {clipped}"
    part = f", strength {options.strength:g}" if options.strength != 1 else ""
    part += ", colour noise alone" if options.chroma_only else ""
    learned = "; ST-LPIPS (alex)" if options.stlpips is not None else ""
    return (
        f"{source}; level estimated{part}; output in 8 bits; PSNR and SSIM over RGB, whole picture{learned}"
    )
