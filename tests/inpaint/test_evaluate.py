"""The measured holes never change; figures are those of the holes."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from gantool.errors import UsageError
from gantool.evaluation import evaluate, whole
from gantool.plugins import load
from gantool_inpaint.evaluate import (
    BUCKETS,
    EvaluateInpaintOptions,
    cases,
    hole_psnr,
    hole_ssim,
    holes,
    metrics,
    protocol,
)
from tests.inpaint.pictures import photo, write_weight

DRAWN = "314eaa22bf923d517ba341072468e80f7c0bcb67d21b9697559bf439b038d33c"


def test_the_measured_holes_are_what_they_ever_were() -> None:
    drawn = hashlib.sha256()
    for bucket in BUCKETS:
        for index in range(3):
            mask = holes(bucket, index) > 0
            assert bucket.least / 100 <= mask.mean() <= bucket.most / 100
            drawn.update(np.packbits(mask).tobytes())
    assert drawn.hexdigest() == DRAWN


def test_cases_are_centre_crops_with_grey_holes(tmp_path: Path) -> None:
    Image.fromarray(photo(300, 280)).save(tmp_path / "a.png")
    Image.fromarray(photo(90, 70)).save(tmp_path / "b.png")
    made = list(cases(EvaluateInpaintOptions(holes="20-30,40-50"), tmp_path))
    assert [case.group for case in made] == ["20-30 %"] * 2 + ["40-50 %"] * 2
    first, small = made[0], made[1]
    assert (first.clean.width, small.clean.width) == (256, 70)
    mask = whole(first.extras["mask"])[0, 0] > 0
    degraded, clean = whole(first.degraded)[0], whole(first.clean)[0]
    assert torch.equal(degraded[:, ~mask], clean[:, ~mask])
    assert (degraded[:, mask] == torch.tensor(128 / 255)).all()
    assert torch.equal(clean, torch.from_numpy(photo(300, 280)[12:268, 22:278]).permute(2, 0, 1) / 255)


def test_figures_of_holes_are_of_holes_alone() -> None:
    clean = torch.rand(1, 3, 40, 40, generator=torch.Generator().manual_seed(0))
    mask = torch.zeros(1, 1, 40, 40)
    mask[..., 10:20, 10:30] = 1
    output = clean + 0.1 * mask
    assert hole_psnr(output, clean, mask) == pytest.approx(20)
    assert hole_ssim(output, clean, mask) < 0.999
    assert hole_ssim(clean, clean, mask) == pytest.approx(1)
    outside = clean + 0.1 * (1 - mask)
    assert math.isinf(hole_psnr(outside, clean, mask))


def test_what_is_not_measured_is_refused() -> None:
    with pytest.raises(UsageError, match="20-30"):
        EvaluateInpaintOptions(holes="25")
    assert set(metrics(EvaluateInpaintOptions())) == {"PSNR", "PSNR hole", "SSIM-Y", "SSIM-Y hole"}
    assert "10-20" in protocol(EvaluateInpaintOptions())
    assert "up to 256 pixels" in protocol(EvaluateInpaintOptions())


def test_the_protocol_tells_the_way_that_the_weight_decided(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    Image.fromarray(photo(64, 64)).save(tmp_path / "data/a.png")
    options = EvaluateInpaintOptions(holes="20-30")
    lines = []
    for kind in ("photo", "fidelity"):
        write_weight(tmp_path / f"{kind}.safetensors", kind)
        weights = [str(tmp_path / f"{kind}.safetensors")]
        found = evaluate(load("inpaint"), options, cases(options, tmp_path / "data"), weights=weights)
        lines.append(found.protocol)
    assert lines == [f"{protocol(options)}; filled as of kind {kind}" for kind in ("photo", "fidelity")]
