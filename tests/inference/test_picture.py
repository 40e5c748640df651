"""One picture through a network: colours, alpha, and what is hidden under it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from gantool.images import Decoded
from gantool.inference import picture as picture_module
from gantool.inference.engine import Engine
from gantool.inference.picture import Layers, enhance_decoded, enhance_layers
from gantool.inference.precision import Precision
from gantool.inference.result import Settings
from gantool.task import Box
from tests.inference.toys import Doubling, ToyEnhancer, doubled, noise

CPU = Settings(device="cpu", precision=Precision.FP32, tile=32)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_alpha_grows_with_the_picture(kind: type) -> None:
    pixels, alpha = noise(9, 8, dtype=kind), noise(9, 8, 1, dtype=kind)[..., 0]
    alpha[:3] = 0
    pixels[:3] = 0
    pixels[3:] = 200
    result, _ = enhance_decoded(Engine(Doubling(), CPU), Decoded(pixels, alpha), {})
    assert result.alpha is not None
    assert np.array_equal(result.alpha, doubled(alpha))
    assert (result.pixels == 200).all()  # The black under what is transparent is gone.


class Ringing(Doubling):
    """Doubles, and is a little off everywhere."""

    def __call__(self, image: Tensor, box: Box, state: object) -> Tensor:
        larger = super().__call__(image, box, state)
        return larger + 0.04 * torch.where(torch.rand(larger.shape) < 0.5, -1.0, 1.0)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("band", [1, 500, 2**20])
def test_an_enlarged_alpha_keeps_what_is_opaque_and_what_is_empty(
    kind: type, band: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_module, "_BAND_PIXELS", band)
    full = 1 if kind is np.float32 else np.iinfo(kind).max
    alpha = np.zeros((31, 40), kind)
    alpha[5:20, 7:33] = full
    alpha[24:28] = full // 2 if full > 1 else 0.5
    pixels = noise(40, 31).astype(kind)
    result, _ = enhance_layers(Engine(Ringing(), CPU), Layers(pixels, alpha), {})
    assert result.alpha is not None
    assert result.alpha.dtype == kind
    around = np.lib.stride_tricks.sliding_window_view(np.pad(alpha, 1, mode="edge"), (3, 3))
    least, most = doubled(around.min(axis=(2, 3))), doubled(around.max(axis=(2, 3)))
    assert ((least <= result.alpha) & (result.alpha <= most)).all()
    assert (result.alpha[14:36, 18:62] == full).all()
    assert (result.alpha[:8] == 0).all()
    assert (result.alpha != doubled(alpha)).any()  # At edges the network has its say.


def test_constant_alpha_takes_no_work() -> None:
    pixels, alpha = noise(9, 8), np.full((8, 9), 77, np.uint8)
    engine = Engine(Doubling(), CPU)
    result, _ = enhance_decoded(engine, Decoded(pixels, alpha), {})
    assert result.alpha is not None
    assert result.alpha.shape == (16, 18)
    assert (result.alpha == 77).all()
    assert len(engine.enhancer.seen) == 1  # type: ignore[attr-defined]


def test_alpha_is_copied_where_the_size_stays() -> None:
    pixels, alpha = noise(9, 8), noise(9, 8, 1)[..., 0]
    result, _ = enhance_decoded(Engine(ToyEnhancer(), CPU), Decoded(pixels, alpha), {})
    assert result.alpha is alpha


def test_tensors_keep_no_graph() -> None:
    engine = Engine(ToyEnhancer(), CPU)
    result, _ = enhance_decoded(engine, Decoded(noise(8, 8)), {})
    assert result.pixels.dtype == np.uint8
    assert all(parameter.grad is None for parameter in engine.enhancer.module.parameters())
    assert torch.is_grad_enabled()


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
def test_what_is_hidden_is_shown_to_no_network_and_stays(kind: type) -> None:
    full = 1.0 if kind is np.float32 else np.iinfo(kind).max
    alpha = np.full((8, 9), full, kind)
    alpha[:, :4] = 0
    black, white = (np.full((8, 9, 3), 0.5 * full).astype(kind) for _ in range(2))
    black[:, :4], white[:, :4] = 0, full
    engine = Engine(ToyEnhancer(), CPU)
    one, other = (enhance_layers(engine, Layers(each, alpha), {})[0].pixels for each in (black, white))
    assert np.array_equal(one[:, 4:], other[:, 4:])
    assert np.array_equal(one[:, :4], black[:, :4])
    assert np.array_equal(other[:, :4], white[:, :4])
