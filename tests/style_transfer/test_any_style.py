"""The generator of any style, from its training to pictures, by the contract kit."""

from __future__ import annotations

from pathlib import Path

from gantool.testing import Check, check_task
from gantool.testing.backbone import write_backbone
from gantool_style_transfer.options import StyleOptions
from gantool_style_transfer.train_options import Method, TrainStyleOptions
from tests.style_transfer.painted import save_painting


def test_what_was_trained_for_any_style_paints_after_a_file(tmp_path: Path) -> None:
    paintings = [save_painting(tmp_path / "works" / f"{seed}.png", seed=seed) for seed in range(3)]
    only = [Check.ROUND_TRIP, Check.GEOMETRY, Check.TILES, Check.OUTPUT_REPEATS]
    made = check_task(
        "style-transfer",
        train=TrainStyleOptions(style=paintings[0].parent, method=Method.any, patch=32),
        enhance=StyleOptions(style=str(paintings[1])),
        backbone=write_backbone(tmp_path / "vgg16.safetensors"),
        only=only,
    )
    assert set(made) == set(only)
