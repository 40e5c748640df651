"""What `ablation.py` trains: for each task a base, and variants that differ from it in one thing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Network:
    """A generator: its configuration by field, and whether it is over-parameterised while it is trained.

    `other` names one of `ablation_networks.py`.
    """

    config: Facts
    surplus: bool = True
    other: str = ""


@dataclass(frozen=True)
class Variant:
    """One short run. What is not said is as in the base; `network` None is the recipe's own.

    `part` groups the rows of the table. `losses` are weights by name, 0 for not at all. `mirrored` is whether
    crops are mirrored and turned. `teacher` is the id of a weight whose results are a second truth, at
    equal parts (Hinton et al. 2015).
    """

    name: str
    part: str
    trainer: Facts = field(default_factory=dict)
    task: Facts = field(default_factory=dict)
    losses: Mapping[str, float] = field(default_factory=dict)
    network: Network | None = None
    mirrored: bool = True
    teacher: str = ""


def _superres(width: int, blocks: int, surplus: bool = True, other: str = "") -> Network:
    return Network({"scale": 4, "width": width, "blocks": blocks}, surplus, other)


SUPERRES = (
    Variant("base", "", {"batch": 6, "lr": 2e-3}, {"scale": 4, "kind": "fidelity", "patch": 40}),
    Variant("another seed", "how much chance does", {"seed": 1}),
    Variant("plain convolutions", "blocks", network=_superres(48, 7, surplus=False)),
    Variant("12 of 7 x 7 depthwise", "blocks", network=_superres(48, 12, False, "depthwise")),
    Variant("5 gated", "blocks", network=_superres(48, 5, False, "gated")),
    Variant("unshuffled, 96 wide", "blocks", network=_superres(96, 7, False, "unshuffled")),
    Variant("32 wide, 16 blocks", "width, depth", network=_superres(32, 16)),
    Variant("40 wide, 10 blocks", "width, depth", network=_superres(40, 10)),
    Variant("64 wide, 4 blocks", "width, depth", network=_superres(64, 4)),
    Variant("batch 3, patch 56", "batch, patch", {"batch": 3}, {"patch": 56}),
    Variant("batch 12, patch 28", "batch, patch", {"batch": 12}, {"patch": 28}),
    Variant("batch 24, patch 20", "batch, patch", {"batch": 24}, {"patch": 20}),
    Variant("batch 16, patch 40", "batch, patch", {"batch": 16}),
    Variant("rate 5e-4", "learning rate", {"lr": 5e-4}),
    Variant("rate 1e-3", "learning rate", {"lr": 1e-3}),
    Variant("rate 4e-3", "learning rate", {"lr": 4e-3}),
    Variant("Muon at 7e-4", "optimiser", {"optimizer": "muon", "lr": 7e-4}),
    Variant("Muon at 1.4e-3", "optimiser", {"optimizer": "muon", "lr": 1.4e-3}),
    Variant("Muon at 2.8e-3", "optimiser", {"optimizer": "muon", "lr": 2.8e-3}),
    Variant(
        "Muon at 1.4e-3, plain convolutions",
        "optimiser",
        {"optimizer": "muon", "lr": 1.4e-3},
        network=_superres(48, 7, surplus=False),
    ),
    Variant("no average", "EMA", {"ema": 0.0}),
    Variant("average of 0.99", "EMA", {"ema": 0.99}),
    Variant("L1", "loss", losses={"charbonnier": 0.0, "l1": 1.0}),
    Variant("Charbonnier + 0.05 FFT", "loss", losses={"fft": 0.05}),
    Variant("also the large weight's results", "distillation", teacher="superres-x4-fidelity-large"),
    Variant("not mirrored, not turned", "augmentation", mirrored=False),
    Variant("fp32", "precision", {"amp": "fp32"}),
)


def _denoise(widths: tuple[int, int, int], blocks: tuple[int, ...], surplus: bool = True) -> Network:
    names = ("width1", "width2", "width3", "blocks1", "blocks2", "middle", "back2", "back1")
    return Network(dict(zip(names, (*widths, *blocks), strict=True)), surplus)


DENOISE = (
    Variant("base", "", {"batch": 8, "lr": 1e-3}, {"kind": "gaussian", "patch": 64, "draws": 1}),
    Variant("another seed", "how much chance does", {"seed": 1}),
    Variant("plain convolutions", "blocks", network=_denoise((64, 128, 192), (0, 1, 2, 1, 2), surplus=False)),
    Variant("48, 96, 144 wide, deeper", "width, depth", network=_denoise((48, 96, 144), (1, 2, 2, 2, 3))),
    Variant(
        "80, 160, 240 wide, shallower", "width, depth", network=_denoise((80, 160, 240), (0, 0, 2, 1, 1))
    ),
    Variant("batch 4, patch 96", "batch, patch", {"batch": 4}, {"patch": 96}),
    Variant("batch 14, patch 48", "batch, patch", {"batch": 14}, {"patch": 48}),
    Variant("rate 5e-4", "learning rate", {"lr": 5e-4}),
    Variant("rate 2e-3", "learning rate", {"lr": 2e-3}),
    Variant("Muon at 7e-4", "optimiser", {"optimizer": "muon", "lr": 7e-4}),
    Variant("Muon at 1.4e-3", "optimiser", {"optimizer": "muon", "lr": 1.4e-3}),
    Variant("no average", "EMA", {"ema": 0.0}),
    Variant("L1", "loss", losses={"charbonnier": 0.0, "l1": 1.0}),
    Variant("Charbonnier + 0.05 FFT", "loss", losses={"fft": 0.05}),
    Variant("nothing shrunk", "data", task={"reduced": 0.0}),
    Variant("fp32", "precision", {"amp": "fp32"}),
)

VARIANTS: Mapping[str, tuple[Variant, ...]] = {"superres": SUPERRES, "denoise": DENOISE}
