"""Ablations: every variant is a run that the trainer takes, and a finished one is not made again."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from benchmarks.ablation_networks import OTHERS
from benchmarks.ablation_variants import VARIANTS
from gantool import plugins
from gantool.train.describe import Wanted, describe
from gantool_superres.networks import SuperResConfig

ROOT = Path(__file__).parents[2]
TEACHER = "superres-x4-fidelity-compact"


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(2):
        small = Image.fromarray(rng.integers(0, 256, (12, 12, 3), dtype=np.uint8))
        small.resize((176, 176), Image.Resampling.BICUBIC).save(folder / f"{number}.png")
    return folder


@pytest.mark.parametrize("task", sorted(VARIANTS))
def test_every_variant_is_a_run_that_the_trainer_takes(task: str, pictures: Path) -> None:
    variants = VARIANTS[task]
    assert variants[0].name == "base"
    assert len({variant.name for variant in variants}) == len(variants)
    for variant in variants:
        losses = [f"{name}={weight}" for name, weight in variant.losses.items()]
        trainer = {"max_time": "1s", **variant.trainer}
        wanted = Wanted(data=pictures, losses=losses, trainer=trainer, task=variant.task)
        described = describe(plugins.load(task), wanted)
        assert described.trainer.items() >= variant.trainer.items()


@pytest.mark.parametrize("other", ["depthwise", "gated", "unshuffled"])
def test_other_networks_enlarge_and_learn(other: str) -> None:
    generator = OTHERS[other](SuperResConfig(4, 8, 2))
    image = torch.rand(2, 3, 12, 10)
    output = generator(image)
    assert output.shape == (2, 3, 48, 40)
    output.square().mean().backward()
    assert all(parameter.grad is not None for parameter in generator.parameters())
    torch.testing.assert_close(generator.fold()(image), output)


def test_a_variant_is_trained_once(pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import ablation  # type: ignore[import-not-found]
    import ablation_variants  # type: ignore[import-not-found]

    base = ablation_variants.SUPERRES[0]
    network = ablation_variants.Network({"scale": 4, "width": 8, "blocks": 1}, surplus=False)
    small = ablation_variants.Variant(
        "small", "blocks", {"batch": 1}, {"patch": 16}, network=network, mirrored=False, teacher=TEACHER
    )
    variant = ablation.complete(small, base)
    options = argparse.Namespace(
        task="superres", data=pictures, runs=tmp_path / "runs", time="0.1s", device="cpu", threads=1
    )
    monkeypatch.setattr("gantool.train.loop.time", time)  # restored afterwards: run_one changes it
    ablation.run_one(variant, options)
    found = ablation.stored(ablation.folder_of(variant, options), variant, options)
    assert found.steps >= 1
    assert found.milliseconds > 0
    monkeypatch.setattr(ablation.subprocess, "run", lambda *_, **__: pytest.fail("it was made again"))
    assert ablation.result_of("superres", variant, options) == found
    assert "| blocks: small |" in ablation.table([(variant, found)], "superres")
    other = argparse.Namespace(**{**vars(options), "time": "0.2s"})
    assert ablation.stored(ablation.folder_of(variant, other), variant, other) is None
    for name in ("ablation", "ablation_networks", "ablation_recipes", "ablation_variants"):
        sys.modules.pop(name)
