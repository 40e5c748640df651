from __future__ import annotations

import numpy as np
import torch
from PIL import Image

from gantool_superres.degrade import FIRST, LEAST, SECOND, bicubic_down, gaussian_kernel, second_order


def smooth_picture(side: int = 64) -> torch.Tensor:
    noise = np.random.default_rng(0).integers(0, 256, (5, 5, 3), dtype=np.uint8)
    picture = np.array(Image.fromarray(noise).resize((side, side), Image.Resampling.BICUBIC))
    return torch.from_numpy(picture).permute(2, 0, 1)[None].float().div(255)


def test_bicubic_is_pillows_within_a_rounding_step() -> None:
    image = smooth_picture()
    array = image[0].permute(1, 2, 0).mul(255).byte().numpy()
    wanted = np.array(Image.fromarray(array).resize((16, 16), Image.Resampling.BICUBIC)).astype(int)
    got = bicubic_down(image, 4)[0].permute(1, 2, 0).mul(255).round().int().numpy()
    assert np.abs(got - wanted).max() <= 1


def test_second_order_is_seeded_sized_and_different_for_each_sample() -> None:
    image = smooth_picture().expand(6, -1, -1, -1)
    first = second_order(image, 4, torch.Generator().manual_seed(5), 0.3)
    again = second_order(image, 4, torch.Generator().manual_seed(5), 0.3)
    assert first.shape == (6, 3, 16, 16)
    assert torch.equal(first, again)
    assert float(first.min()) >= 0
    assert float(first.max()) <= 1
    assert len({tuple(sample.flatten().tolist()) for sample in first}) == 6


def test_no_blur_reaches_beyond_the_least_picture() -> None:
    reach = len(gaussian_kernel(SECOND.blur_sigma[1], 0.2, 0.0)) // 2
    assert round((LEAST - 1) * FIRST.resize[0]) <= reach < round(LEAST * FIRST.resize[0])
    image = smooth_picture(LEAST).expand(400, -1, -1, -1)
    assert second_order(image, 2, torch.Generator().manual_seed(0), 0.0).shape == (400, 3, 6, 6)


def test_degradation_keeps_brightness_and_place() -> None:
    # Grey, because JPEG halves the resolution of colour.
    picture = smooth_picture().mean(1, keepdim=True).expand(-1, 3, -1, -1)
    low = second_order(picture.expand(64, -1, -1, -1), 4, torch.Generator().manual_seed(1), 0.3)
    clean = bicubic_down(picture, 4)
    difference = (low.mean(0) - clean[0]).abs()
    assert float(difference.mean()) < 4 / 255
    assert float((low.mean((1, 2, 3)) - clean.mean()).abs().max()) < 6 / 255


def test_kernels_are_normalised_and_turned() -> None:
    kernel = gaussian_kernel(2.0, 0.5, 0.3)
    assert float(kernel.sum()) == 1.0 or abs(float(kernel.sum()) - 1) < 1e-6
    assert torch.allclose(kernel, kernel.flip(0, 1), atol=1e-7)
    assert not torch.allclose(kernel, kernel.T, atol=1e-3)
