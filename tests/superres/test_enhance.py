from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from gantool.errors import UsageError, WeightError
from gantool.images import ArrayPicture
from gantool.inference.engine import enhance_picture
from gantool.inference.precision import Precision
from gantool.inference.result import Settings
from gantool.task import LoadedWeight
from gantool.weights.card import Card
from gantool_superres.enhance import SuperResEnhancer
from gantool_superres.networks import ARCHITECTURE, Generator, SuperResConfig
from gantool_superres.options import Kind, SuperResOptions, needed_weights
from gantool_superres.train_options import TrainSuperResOptions


def make_weight(
    seed: int = 0, scale: int = 2, blocks: int = 2, architecture: str = ARCHITECTURE
) -> LoadedWeight:
    torch.manual_seed(seed)
    network = Generator(SuperResConfig(scale=scale, width=16, blocks=blocks))
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.05)
    card = Card("w", "superres", architecture, network.config.as_card(), "CC0-1.0")
    return LoadedWeight("w", card, network.state_dict(), "", Path("w.safetensors"))


def picture(height: int = 61, width: int = 83) -> ArrayPicture:
    return ArrayPicture(np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8))


@pytest.mark.parametrize("tile", [16, 33, 64])
def test_tiled_equals_untiled(tile: int) -> None:
    enhancer = SuperResEnhancer(SuperResOptions(scale=2), [make_weight()])
    whole = enhance_picture(
        enhancer, picture(), settings=Settings("cpu", Precision.FP32, 0), dtype=np.float32
    )
    tiled = enhance_picture(
        enhancer, picture(), settings=Settings("cpu", Precision.FP32, tile), dtype=np.float32
    )
    assert whole.pixels.shape == (122, 166, 3)
    np.testing.assert_allclose(tiled.pixels, whole.pixels, atol=1e-5)


def test_bf16_stays_within_two_grey_levels_and_keeps_the_mean() -> None:
    enhancer = SuperResEnhancer(SuperResOptions(scale=2), [make_weight()])
    full = enhance_picture(enhancer, picture(), settings=Settings("cpu", Precision.FP32, 0), dtype=np.float32)
    half = enhance_picture(enhancer, picture(), settings=Settings("cpu", Precision.BF16, 0), dtype=np.float32)
    difference = (full.pixels - half.pixels) * 255
    assert np.abs(difference).max() <= 2
    assert abs(difference.mean()) < 0.1


def test_sharpness_interpolates_between_two_weights() -> None:
    robust, photo = make_weight(1), make_weight(2)
    for sharpness, ends in ((0.0, robust), (1.0, photo)):
        blended = SuperResEnhancer(SuperResOptions(scale=2, sharpness=sharpness), [robust, photo])
        alone = SuperResEnhancer(SuperResOptions(scale=2), [ends])
        for a, b in zip(blended.module.parameters(), alone.module.parameters(), strict=True):
            assert torch.equal(a, b)


def test_options_name_the_weights_they_need() -> None:
    assert needed_weights(SuperResOptions()) == ("superres-x4-photo-compact",)
    assert needed_weights(SuperResOptions(scale=3, kind=Kind.fidelity)) == ("superres-x3-fidelity-compact",)
    blend = needed_weights(SuperResOptions(sharpness=0.5))
    assert blend == ("superres-x4-robust-compact", "superres-x4-photo-compact")
    with pytest.raises(UsageError, match="fidelity"):
        SuperResOptions(kind=Kind.fidelity, sharpness=0.5)
    with pytest.raises(UsageError, match="2, 3 or 4"):
        SuperResOptions(scale=5)


def test_patches_that_the_discriminator_cannot_halve_are_refused() -> None:
    with pytest.raises(UsageError, match="multiple of 16"):
        TrainSuperResOptions(kind=Kind.photo, scale=3, patch=40)
    assert TrainSuperResOptions(kind=Kind.robust, scale=3, patch=40).patch == 40


def test_other_architectures_and_unlike_networks_are_refused() -> None:
    with pytest.raises(WeightError, match="some-other-net"):
        SuperResEnhancer(SuperResOptions(scale=2), [make_weight(architecture="some-other-net")])
    with pytest.raises(WeightError, match="different networks"):
        SuperResEnhancer(SuperResOptions(scale=2, sharpness=0.5), [make_weight(), make_weight(blocks=3)])


def test_a_weight_of_another_scale_than_asked_is_refused() -> None:
    with pytest.raises(WeightError, match=r"x4.*--scale 2"):
        SuperResEnhancer(SuperResOptions(scale=2), [make_weight(scale=4)])


@pytest.mark.parametrize("scale", [2, 3])
def test_eight_views_are_enlarged_and_averaged(scale: int) -> None:
    enhancer = SuperResEnhancer(SuperResOptions(scale=scale), [make_weight(scale=scale)])
    settings = Settings("cpu", Precision.FP32, tta=8)
    image = np.random.default_rng(0).integers(0, 256, (10, 14, 3), dtype=np.uint8)
    upright, turned = (
        enhance_picture(enhancer, ArrayPicture(pixels), settings=settings, dtype=np.float32).pixels
        for pixels in (image, np.rot90(image).copy())
    )
    assert np.allclose(turned, np.rot90(upright), atol=1e-5)
