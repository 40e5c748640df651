"""What is measured for the cards of shipped weights: sets, and options of `gantool evaluate`, by task."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gantool.weights.fields import Facts


@dataclass(frozen=True)
class Run:
    """One evaluation: the set's folder name, and the options by field name.

    Options that name files, such as paintings, do so from the folder that holds the sets.
    """

    data: str
    options: Facts


_PAINTINGS = {
    "starry-night": "van_gogh_starry_night_1889",
    "wave": "hokusai_great_wave_1831",
    "scream": "munch_the_scream_1893",
    "composition-vii": "kandinsky_composition_vii_1913",
    "mosaic": "roman_mosaic_ducks",
}
_KEPT_OUT = ("matisse_woman_with_hat_1905", "mondrian_1913", "turner_shipwreck_of_the_minotaur_1810")


def runs_of(task: str, weight: str) -> tuple[Run, ...]:
    """Return the evaluations that suit a weight, given by id; none for a task without a protocol."""
    protocols: dict[str, Callable[[str], tuple[Run, ...]]] = {
        "superres": superres,
        "denoise": denoise,
        "inpaint": inpaint,
        "generate": generate,
        "style-transfer": style_transfer,
    }
    return protocols[task](weight) if task in protocols else ()


def superres(weight: str) -> tuple[Run, ...]:
    """Bicubic reduction, and JPEG at quality 60 after it."""
    _, scale, kind, size = weight.split("-")
    own: Facts = {"scale": int(scale[1:]), "kind": kind, "size": size}
    return tuple(Run(name, {**own, **jpeg}) for jpeg in ({}, {"jpeg": 60}) for name in ("Set5", "Set14"))


def denoise(weight: str) -> tuple[Run, ...]:
    """White noise that is not clipped for *gaussian*, simulated cameras for the others."""
    _, kind, size = weight.split("-")
    noise = "gaussian" if kind == "gaussian" else "camera"
    return tuple(Run(name, {"kind": kind, "size": size, "noise": noise}) for name in ("CBSD68", "Kodak24"))


def inpaint(weight: str) -> tuple[Run, ...]:
    """Seeded brush strokes of usual and of large holes."""
    return (Run("Kodak24", {"kind": weight.removeprefix("inpaint-"), "holes": "20-30,40-50"}),)


def generate(weight: str) -> tuple[Run, ...]:
    """MNIST's test set, in the features of the digit classifier; of the classifier itself, nothing."""
    if not weight.startswith("generate-digits"):
        return ()
    return (Run("t10k-images-idx3-ubyte.gz", {"compare_by": "digits"}),)


def style_transfer(weight: str) -> tuple[Run, ...]:
    """Against the painting of the style; the generator of any style against works it never saw."""
    style = weight.removeprefix("style-transfer-")
    if style == "any":
        return tuple(Run("Set5", {"style": f"style/{work}.jpg"}) for work in _KEPT_OUT)
    return (Run("Set5", {"painting": f"style/{_PAINTINGS[style]}.jpg"}),)
