"""Every task of this project keeps the contract, by the kit that third parties use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gantool import plugins
from gantool.testing import Check, check_task
from gantool.testing.backbone import write_backbone
from gantool_denoise.train_options import Stage, TrainDenoiseOptions
from gantool_generate.config import Preset
from gantool_generate.train_options import TrainGenerateOptions
from gantool_inpaint.options import Kind as InpaintKind
from gantool_inpaint.train_options import TrainInpaintOptions
from gantool_style_transfer.evaluate import EvaluateStyleOptions
from gantool_style_transfer.train_options import TrainStyleOptions
from gantool_superres.evaluate import EvaluateSuperResOptions
from gantool_superres.options import Kind as SuperResKind
from gantool_superres.options import SuperResOptions
from gantool_superres.train_options import TrainSuperResOptions
from tests.generate.pictures import write_classes
from tests.style_transfer.painted import save_painting

DOUBLED = {"enhance": SuperResOptions(scale=2), "evaluate": EvaluateSuperResOptions(scale=2)}

CLASSES = {"pictures": write_classes, "batch": 4}

TINY: dict[str, dict[str, Any]] = {
    "superres": {"train": TrainSuperResOptions(patch=16, scale=2), **DOUBLED},
    "denoise": {"train": TrainDenoiseOptions(patch=32, draws=1)},
    "generate": {"train": TrainGenerateOptions(preset=Preset.style, side=28, latent=8, width=8), **CLASSES},
    "inpaint": {"train": TrainInpaintOptions(patch=32)},
    "style-transfer": {},
}

GANS: dict[str, dict[str, Any]] = {
    "superres": {"train": TrainSuperResOptions(patch=16, scale=2, kind=SuperResKind.photo), **DOUBLED},
    "denoise": {"train": TrainDenoiseOptions(patch=32, draws=1, kind=Stage.photo)},
    "generate": {"train": TrainGenerateOptions(preset=Preset.mlp, side=28, latent=8), **CLASSES},
    "inpaint": {"train": TrainInpaintOptions(patch=32, kind=InpaintKind.photo)},
    "style-transfer": {},
}


def with_files(name: str, folder: Path) -> dict[str, Any]:
    """Return the wishes of a task whose options name files, those written."""
    if name != "style-transfer":
        return {}
    painting, backbone = save_painting(folder / "painting.png"), write_backbone(folder / "vgg16.safetensors")
    return {
        "train": TrainStyleOptions(style=painting, patch=32),
        "evaluate": EvaluateStyleOptions(painting=painting, backbone=backbone),
        "backbone": backbone,
    }


def own_tasks() -> list[str]:
    """Return the tasks that this project's distribution registers."""
    return [report.name for report in plugins.survey() if report.distribution == "gantool"]


def test_every_task_of_the_project_is_looked_at() -> None:
    assert set(own_tasks()) == set(TINY) == set(GANS)


@pytest.mark.parametrize("name", sorted(TINY))
def test_the_contract(name: str, tmp_path: Path) -> None:
    made = check_task(name, **TINY[name], **with_files(name, tmp_path))
    own = Check.TILES if plugins.load(name).enhance else Check.SAMPLE
    assert {Check.HELP, Check.STEP, own, Check.EVALUATE} <= set(made)


@pytest.mark.parametrize("name", sorted(GANS))
def test_a_step_of_the_gan(name: str, tmp_path: Path) -> None:
    only = [Check.BATCH, Check.LOSSES, Check.STEP]
    check_task(name, **GANS[name], **with_files(name, tmp_path), only=only)
