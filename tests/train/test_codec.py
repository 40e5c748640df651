from __future__ import annotations

import torch

from gantool.train.codec import jpeg, quantise


def test_quantise_gives_8_bit_values() -> None:
    values = quantise(torch.linspace(-0.2, 1.2, 500)) * 255
    assert torch.allclose(values, values.round(), atol=1e-4)
    assert float(values.min()) == 0
    assert float(values.max()) == 255


def test_jpeg_spoils_less_at_a_higher_quality_and_without_subsampling() -> None:
    image = torch.rand(3, 32, 40, generator=torch.Generator().manual_seed(0))
    errors = [float((jpeg(image, *asked) - image).abs().mean()) for asked in ((20,), (90,), (90, 0))]
    assert errors[0] > errors[1] > errors[2] > 0
    assert jpeg(image, 50).shape == image.shape
