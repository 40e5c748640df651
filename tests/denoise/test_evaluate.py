from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gantool.errors import ImageError, UsageError
from gantool.evaluation import whole
from gantool_denoise.cases import through_camera
from gantool_denoise.evaluate import EvaluateDenoiseOptions, Noise, cases, levels, protocol
from gantool_denoise.options import Kind
from tests.denoise.pictures import save_photos, smooth


def test_each_level_is_a_group_of_all_pictures(tmp_path: Path) -> None:
    found = cases(EvaluateDenoiseOptions(sigma="10, 30"), save_photos(tmp_path, 2))
    assert len(found) == 4
    assert [(case.name, case.group) for case in found] == [
        ("0.png", "sigma 10"),
        ("1.png", "sigma 10"),
        ("0.png", "sigma 30"),
        ("1.png", "sigma 30"),
    ]


@pytest.mark.parametrize("clipped", [False, True])
def test_noise_is_seeded_and_of_its_level(tmp_path: Path, clipped: bool) -> None:
    options = EvaluateDenoiseOptions(sigma="20", clipped=clipped)
    folder = save_photos(tmp_path, 2, 200, 160)
    (first, second), (again, _) = (list(cases(options, folder)) for _ in range(2))
    difference = (whole(first.degraded) - whole(first.clean)) * 255
    assert float(difference.std()) == pytest.approx(20, rel=0.03)
    assert (whole(first.degraded) == whole(again.degraded)).all()
    other = (whole(second.degraded) - whole(second.clean)) * 255
    assert not np.allclose(difference, other, atol=1)


def test_clipping_is_the_difference_between_the_protocols(tmp_path: Path) -> None:
    Image.new("RGB", (64, 64), (2, 128, 253)).save(tmp_path / "a.png")
    free, clipped = (
        whole(next(iter(cases(EvaluateDenoiseOptions(sigma="50", clipped=on), tmp_path))).degraded)
        for on in (False, True)
    )
    assert (free.min() < 0, free.max() > 1) == (True, True)
    assert (clipped.min(), clipped.max()) == (0, 1)
    assert (free.clamp(0, 1) - clipped).abs().max() <= 0.5001 / 255


def test_cameras_are_seeded_and_what_goes_in_is_a_file() -> None:
    clean = np.array(smooth(64, 48))
    first, again, other = (through_camera(clean, seed) for seed in (1, 1, 2))
    assert first.dtype == np.uint8
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_pairs_are_matched_by_name(tmp_path: Path) -> None:
    clean = save_photos(tmp_path / "clean" / "deep", 2).parent
    noisy = save_photos(tmp_path / "noisy" / "deep", 2).parent
    smooth(96, 80, 7).save(noisy / "deep" / "0.jpg")
    (noisy / "deep" / "0.png").unlink()
    found = cases(EvaluateDenoiseOptions(pairs=noisy), clean)
    assert [case.name for case in found] == ["deep/0.png", "deep/1.png"]
    first = next(iter(found))
    assert (whole(first.clean) != whole(first.degraded)).any()


@pytest.mark.parametrize("short", ["clean", "noisy"])
def test_a_missing_side_is_named_before_work_starts(tmp_path: Path, short: str) -> None:
    for name in ("clean", "noisy"):
        save_photos(tmp_path / name, 3)
    (tmp_path / short / "1.png").unlink()
    with pytest.raises(UsageError, match=rf"1 has no partner in .*{short}"):
        cases(EvaluateDenoiseOptions(pairs=tmp_path / "noisy"), tmp_path / "clean")


@pytest.mark.parametrize("double", ["clean", "noisy"])
def test_two_pictures_of_one_name_are_no_pair(tmp_path: Path, double: str) -> None:
    for name in ("clean", "noisy"):
        save_photos(tmp_path / name, 3)
    smooth(96, 80, 7).save(tmp_path / double / "1.jpg")
    with pytest.raises(UsageError, match=r"1\.jpg and .*1\.png have one name"):
        cases(EvaluateDenoiseOptions(pairs=tmp_path / "noisy"), tmp_path / "clean")


def test_pairs_of_other_sizes_and_tiny_pictures_are_refused(tmp_path: Path) -> None:
    clean, noisy = save_photos(tmp_path / "clean", 1), save_photos(tmp_path / "noisy", 1, 90, 80)
    with pytest.raises(ImageError, match="not as large"):
        list(cases(EvaluateDenoiseOptions(pairs=noisy), clean))
    with pytest.raises(ImageError, match="too small"):
        list(cases(EvaluateDenoiseOptions(), save_photos(tmp_path / "tiny", 1, 9, 9)))


def test_pictures_too_small_for_the_learned_distance_are_named_before_work_starts(tmp_path: Path) -> None:
    folder = save_photos(tmp_path, 1, 20, 64)
    assert len(list(cases(EvaluateDenoiseOptions(sigma="15"), folder))) == 1
    options = EvaluateDenoiseOptions(sigma="15", stlpips=tmp_path / "weights.safetensors")
    with pytest.raises(UsageError, match=r"0\.png has a side of 20 pixels.*21 or more"):
        cases(options, folder)
    assert len(cases(options, save_photos(tmp_path / "fit", 1, 21, 64))) == 1


@pytest.mark.parametrize("sigma", ["900", "70", "auto", "15,auto", "15,,25", "15,x"])
def test_levels_that_cannot_be_added_are_refused(sigma: str) -> None:
    with pytest.raises(UsageError, match="sigma") as refused:
        EvaluateDenoiseOptions(sigma=sigma)
    assert "or auto" not in str(refused.value)


def test_the_network_is_never_told(tmp_path: Path) -> None:
    options = EvaluateDenoiseOptions(sigma="15,50")
    assert (levels(options), options.told_sigma, options.kind) == ((15.0, 50.0), None, Kind.gaussian)


def test_the_protocol_says_what_was_done() -> None:
    assert "sigma 15,25,50" in protocol(EvaluateDenoiseOptions())
    assert "not clipped" in protocol(EvaluateDenoiseOptions())
    assert "clipped to 8 bits" in protocol(EvaluateDenoiseOptions(clipped=True))
    assert "simulated cameras" in protocol(EvaluateDenoiseOptions(noise=Noise.camera))
    assert "real" in protocol(EvaluateDenoiseOptions(pairs=Path("x/real")))
    assert "level estimated; output" in protocol(EvaluateDenoiseOptions())
    part = EvaluateDenoiseOptions(strength=0.3, chroma_only=True)
    assert "level estimated, strength 0.3, colour noise alone; output" in protocol(part)


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"pairs": Path("x"), "sigma": "40"}, "--pairs takes no --sigma"),
        ({"pairs": Path("x"), "noise": Noise.camera}, "--pairs takes no --noise"),
        ({"pairs": Path("x"), "clipped": True}, "--pairs takes no --clipped"),
        ({"noise": Noise.camera, "sigma": "40"}, "--noise camera takes no --sigma"),
        ({"noise": Noise.camera, "clipped": True}, "--noise camera takes no --clipped"),
    ],
)
def test_what_would_not_be_heeded_is_refused(given: dict[str, Any], line: str) -> None:
    with pytest.raises(UsageError, match=line):
        EvaluateDenoiseOptions(**given)
