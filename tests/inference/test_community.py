"""Networks of other projects, against spandrel called directly: pixels, tiles, precision."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from gantool.errors import ImageError, UsageError
from gantool.inference import community
from gantool.inference.engine import Engine
from gantool.inference.precision import Precision
from gantool.inference.reach import GENEROUS_HALO
from gantool.task import AnyTask, Purpose

from .foreign import (
    CLEANER,
    CPU,
    LARGER,
    as_picture,
    compact,
    direct,
    dncnn,
    noise,
    opened,
    psnr,
    retinexformer,
    rrdb,
    spandrel,
    stored,
    swinir,
)


@pytest.mark.parametrize(
    ("of", "network"),
    [(LARGER, compact()), (LARGER, compact(2)), (LARGER, rrdb()), (LARGER, swinir()), (CLEANER, dncnn())],
    ids=["compact x4", "compact x2", "esrgan x4", "swinir x2", "dncnn"],
)
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_the_result_is_spandrels(tmp_path: Path, of: AnyTask, network: nn.Module, suffix: str) -> None:
    path = stored(tmp_path, network, suffix)
    pixels = noise(37, 45)
    made = opened(of, path)(pixels.astype(np.float32) / 255)
    assert psnr(made, direct(path, pixels)) >= 60


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("of", [LARGER, CLEANER], ids=["larger", "cleaner"])
def test_plain_networks_give_the_same_in_tiles(tmp_path: Path, of: AnyTask, channels: int) -> None:
    path = stored(tmp_path, compact(3, channels) if of is LARGER else dncnn(channels))
    pixels = noise(70, 90, channels).astype(np.float32) / 255
    whole = opened(of, path, replace(CPU, tile=0))
    tiled = opened(of, path, replace(CPU, tile=24))
    geometry = whole.engines[0].enhancer.geometry
    assert (geometry.exact, geometry.tileable) == (True, True)
    assert whole.engines[0].enhancer.channels == channels
    assert np.allclose(whole(pixels), tiled(pixels), atol=1e-5)


def test_the_stated_halo_is_no_smaller_than_the_reach(tmp_path: Path) -> None:
    """What lies beyond the halo changes nothing; what lies at its half does."""
    runner = opened(LARGER, stored(tmp_path, compact(2)), replace(CPU, tile=0))
    halo = runner.engines[0].enhancer.geometry.halo
    pixels = np.full((5, 4 * halo, 3), 0.5, np.float32)
    changed = pixels.copy()
    changed[:, 0] = 0.6
    difference = np.abs(runner(pixels) - runner(changed)).max(axis=(0, 2))
    assert difference[2 * (halo + 1) :].max() < 1e-6
    assert difference[: halo // 2].max() > 0


def test_an_unknown_reach_is_said(tmp_path: Path) -> None:
    runner = opened(LARGER, stored(tmp_path, swinir()), replace(CPU, tile=64))
    geometry = runner.engines[0].enhancer.geometry
    assert (geometry.exact, geometry.tileable, geometry.halo) == (False, True, GENEROUS_HALO)
    report = runner.engines[0].enhance(as_picture(noise(80, 80))).report
    assert "SwinIR sees farther than is known" in report.notes[0]


def test_one_that_sees_the_whole_picture_takes_no_tiles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = stored(tmp_path, retinexformer())
    runner = opened(CLEANER, path)
    assert runner(noise(24, 32)).shape == (24, 32, 3)
    with pytest.raises(UsageError, match="RetinexFormer looks at the whole picture"):
        opened(CLEANER, path, replace(CPU, tile=64))
    monkeypatch.setattr("gantool.inference.memory.free_memory", lambda device: 10**6)
    with pytest.raises(ImageError, match=r"in one piece would take .* this network takes no tiles"):
        runner(noise(64, 64))


def test_what_a_tile_takes_is_measured_where_layers_grow(tmp_path: Path) -> None:
    assert opened(LARGER, stored(tmp_path, rrdb())).engines[0].enhancer.geometry.features == 8 * 16


def test_views_of_one_are_averaged(tmp_path: Path) -> None:
    path, pixels = stored(tmp_path, compact(2)), noise(12, 20)
    runner = opened(LARGER, path, replace(CPU, tta=4))
    assert np.abs(runner(np.rot90(pixels).copy()) - np.rot90(runner(pixels)).astype(int)).max() <= 1
    assert not np.array_equal(runner(pixels), opened(LARGER, path)(pixels))


def test_depth_alpha_and_grey_go_through(tmp_path: Path) -> None:
    runner = opened(LARGER, stored(tmp_path, compact(2)))
    deep = noise(20, 22).astype(np.uint16) * 257
    assert (runner(deep).dtype, runner(deep).shape) == (np.uint16, (40, 44, 3))
    assert runner(np.dstack([noise(20, 22), noise(20, 22, 1)])).shape == (40, 44, 4)
    assert runner(noise(20, 22, 1)[..., 0]).shape == (40, 44)


def test_holes_are_filled_and_the_rest_stays() -> None:
    class Filler(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Conv2d(4, 3, 1)
            nn.init.zeros_(self.layer.weight)
            nn.init.constant_(self.layer.bias, 0.25)

        def forward(self, image: Tensor, mask: Tensor) -> Tensor:
            return self.layer(torch.cat((image, mask), 1))

    network = Filler()
    architecture = spandrel.MAIN_REGISTRY.architectures()[0].architecture
    model = spandrel.MaskedImageModelDescriptor(
        network, network.state_dict(), architecture, "Inpainting", [], False, True, 3, 3
    )  # fmt: skip
    assert community._purpose(model) is Purpose.FILL
    engine = Engine(community.CommunityEnhancer(model, "holes"), CPU)
    assert not engine.enhancer.geometry.turnable  # the mask belongs to its place
    pixels, mask = noise(16, 16), np.zeros((16, 16, 1), np.uint8)
    mask[4:8, 4:8] = 255
    made = engine.enhance(as_picture(pixels), {"holes": as_picture(mask)}).pixels
    assert (made[4:8, 4:8] == 64).all()
    outside = mask[..., 0] == 0
    assert np.array_equal(made[outside], pixels[outside])


def test_a_precision_that_a_network_does_not_bear(tmp_path: Path) -> None:
    half, auto = replace(CPU, precision=Precision.FP16), replace(CPU, precision=Precision.AUTO)
    assert opened(LARGER, stored(tmp_path, compact()), auto).engines[0].precision is Precision.FP32
    assert opened(CLEANER, stored(tmp_path, dncnn()), half).engines[0].precision is Precision.FP32
    assert opened(LARGER, stored(tmp_path, compact()), half).engines[0].precision is Precision.FP16


def test_mixed_number_formats_climb_the_ladder(tmp_path: Path) -> None:
    path = stored(tmp_path, compact(2))
    runner = opened(LARGER, path, replace(CPU, precision=Precision.BF16))
    enhancer = runner.engines[0].enhancer
    assert isinstance(enhancer, community.CommunityEnhancer)
    usual = enhancer._model

    def strict(image: Tensor) -> Tensor:
        if next(usual.model.parameters()).dtype is not image.dtype:
            raise RuntimeError("mixed dtype (CPU): all the inputs must have same datatype.")
        return usual(image)

    enhancer._model = strict
    report = runner.engines[0].enhance(as_picture(noise(16, 16))).report
    assert [retry.used for retry in report.retries] == [Precision.FP32]
