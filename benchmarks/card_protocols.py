"""What is measured for the cards of shipped weights: sets, and options of `gantool evaluate`, by task."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gantool.weights.fields import Facts


@dataclass(frozen=True)
class Run:
    """One evaluation: the set's folder name, and the options by field name."""

    data: str
    options: Facts


def runs_of(task: str, weight: str) -> tuple[Run, ...]:
    """Return the evaluations that suit a weight, given by id; none for a task without a protocol."""
    protocols: dict[str, Callable[[str], tuple[Run, ...]]] = {
        "superres": superres,
        "denoise": denoise,
        "generate": generate,
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


def generate(weight: str) -> tuple[Run, ...]:
    """MNIST's test set, in the features of the digit classifier; of the classifier itself, nothing."""
    if not weight.startswith("generate-digits"):
        return ()
    return (Run("t10k-images-idx3-ubyte.gz", {"compare_by": "digits"}),)
