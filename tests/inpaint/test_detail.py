"""Fills get the fine detail of what the picture has elsewhere, and nothing larger."""

from __future__ import annotations

import torch
from torch import Tensor

from gantool_inpaint.detail import EDGE, FADE, detailed
from gantool_inpaint.options import InpaintOptions, Kind
from tests.inpaint.pictures import fill, hole, photo

SIDE = 96
PLACE = (..., slice(40, 60), slice(30, 66))
INSIDE = (..., slice(40 + EDGE + FADE, 60 - EDGE - FADE), slice(30 + EDGE + FADE, 66 - EDGE - FADE))


def marked() -> Tensor:
    holes = torch.zeros(SIDE, SIDE, dtype=torch.bool)
    holes[PLACE] = True
    return holes


def grain() -> Tensor:
    """Return (1, 3, H, W): black and white grain, darker to the right."""
    drawn = torch.randint(2, (1, 1, SIDE, SIDE), generator=torch.Generator().manual_seed(0))
    return (0.4 * drawn + torch.linspace(0.5, 0.1, SIDE)).expand(1, 3, SIDE, SIDE).contiguous()


def smoothly_filled() -> Tensor:
    filled = grain()
    filled[PLACE] = (0.2 + torch.linspace(0.5, 0.1, SIDE))[PLACE[2]]
    return filled


def test_a_smooth_fill_gets_the_grain_around_it_and_keeps_its_tones() -> None:
    smooth = smoothly_filled()
    made = detailed(smooth, marked(), 0)
    assert made[INSIDE].std() > 0.9 * grain()[INSIDE].std()
    assert smooth[INSIDE].std() < 0.3 * grain()[INSIDE].std()
    tones, wanted = (each[INSIDE].unflatten(-1, (3, 10)).mean((-3, -1)) for each in (made, smooth))
    assert (tones - wanted).abs().max() < 0.03
    assert (made[..., ~marked()] == smooth[..., ~marked()]).all()


def test_what_is_flat_stays_flat() -> None:
    flat = torch.full((1, 3, SIDE, SIDE), 0.3)
    assert (detailed(flat, marked(), 0) - flat).abs().max() < 1e-6


def test_beside_what_is_known_the_fill_stays() -> None:
    smooth, scratch = smoothly_filled(), torch.zeros(SIDE, SIDE, dtype=torch.bool)
    scratch[50:52] = True
    assert (detailed(smooth, scratch, 0) == smooth).all()
    made = detailed(smooth, marked(), 0)
    assert (made[..., 40, 30:66] == smooth[..., 40, 30:66]).all()


def test_where_too_little_is_known_the_fill_stays() -> None:
    holes = torch.ones(SIDE, SIDE, dtype=torch.bool)
    holes[:4] = False
    assert (detailed(smoothly_filled(), holes, 0) == smoothly_filled()).all()


def test_the_seed_tells_which_detail() -> None:
    one, again, other = (detailed(smoothly_filled(), marked(), seed) for seed in (1, 1, 2))
    assert (one == again).all()
    # In so small a picture the search nearly always finds the best patch there is.
    assert (one[INSIDE] != other[INSIDE]).any(1).float().mean() > 0.05


def test_only_the_photo_kind_gets_it() -> None:
    rough, plain = (
        fill(photo(), InpaintOptions(kind), hole()).pixels for kind in (Kind.photo, Kind.fidelity)
    )
    differ = (rough != plain).any(-1)
    assert differ[hole() > 0].any()
    assert not differ[hole() == 0].any()
