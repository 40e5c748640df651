from __future__ import annotations

import pytest
import torch

from gantool.errors import ImageError, UsageError
from gantool.sampling.drawing import batch_for, draw, grid
from gantool.sampling.latents import Wish
from gantool.sampling.paths import loop, rows, spherical

from .toys import Full, Plain, session


def test_images_are_the_same_whatever_is_drawn_beside_them() -> None:
    sampler = Plain()
    source = session(sampler).source(Wish(1))
    many = dict(draw(sampler, source, range(100), 32))
    few = dict(draw(sampler, source, [3, 99], 1))
    assert torch.equal(few[3], many[3])
    assert torch.equal(few[99], many[99])
    assert sampler.batches == [32, 32, 32, 4, 1, 1]


def test_the_batch_goes_by_the_size_of_an_image() -> None:
    sampler = Plain()
    assert batch_for(sampler, session(sampler).source(Wish())) == 64


def test_what_is_not_finite_is_refused() -> None:
    sampler = Plain()
    with pytest.raises(ImageError, match="not finite"):
        list(draw(sampler, lambda numbers: torch.full((len(numbers), 2), torch.nan), [0], 1))


def test_a_sheet_has_rows_a_pixel_apart() -> None:
    sheet = grid((torch.full((1, 2, 3), number / 2) for number in range(3)), 3, 2)
    assert sheet.shape == (1, 5, 7)
    assert sheet[0, 0].tolist() == [0, 0, 0, 0, 128, 128, 128]
    assert sheet[0, 3].tolist() == [255, 255, 255, 0, 0, 0, 0]


def test_a_sheet_too_large_to_hold_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gantool.sampling.drawing.MOST_PIXELS", 34)
    with pytest.raises(UsageError, match="a sheet of 3 images is too large"):
        grid((torch.zeros(1, 2, 3) for _ in range(3)), 3, 2)


def test_rows_lead_from_one_latent_to_the_next() -> None:
    sampler = Plain()
    source = session(sampler).source(Wish(2))
    ends = source([0, 1, 2, 3])
    found = rows(sampler, source, 5)(range(10))
    assert torch.allclose(found[[0, 4, 5, 9]], ends)
    assert torch.allclose(found[2], (ends[0] + ends[1]) / 2)


def test_a_walk_comes_back() -> None:
    sampler = Plain()
    source = session(sampler).source(Wish(2))
    stops = source([0, 1, 2])
    found = loop(sampler, source, 3, 4)(range(12))
    assert torch.allclose(found[[0, 4, 8]], stops)
    assert torch.allclose(found[10], (stops[2] + stops[0]) / 2)


def test_a_sampler_may_know_a_better_way() -> None:
    sampler = Full()
    source = session(sampler).source(Wish(2))
    assert torch.equal(rows(sampler, source, 3)([1]), source([1]))


def test_the_great_circle_keeps_lengths() -> None:
    first, second = torch.randn(2, 3, 64, generator=torch.Generator().manual_seed(0))
    first, second = (torch.nn.functional.normalize(ends) for ends in (first, second))
    middle = spherical(first, second, 0.5)
    assert torch.allclose(middle.norm(dim=1), torch.ones(3), atol=1e-4)
    assert torch.allclose((middle * first).sum(1), (middle * second).sum(1), atol=1e-4)
    assert torch.allclose(spherical(first, first, 0.3), first, atol=1e-5)
    assert torch.allclose(spherical(first, second, 1.0), second, atol=1e-5)
