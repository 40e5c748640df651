"""Looking through a training set."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageEnhance

from gantool.errors import TrainError, UsageError
from gantool.train.check.checking import check
from gantool.train.check.likeness import ALIKE, SIDE, alike, likeness, spectra
from gantool.train.check.looking import look, pixel_digest
from gantool.train.check.report import Fault, Report
from gantool.train.data.listing import list_place
from gantool.train.data.pack import pack
from tests.train.pictures import noise, truncate, write, write_many


def found(report: Report, fault: Fault) -> dict[str, str]:
    return {finding.picture: finding.detail for finding in report.findings if finding.fault is fault}


def test_a_good_set_has_no_findings(tmp_path: Path) -> None:
    write_many(tmp_path, 12)
    report = check(tmp_path, None, 32)
    assert (report.findings, report.fails, report.pictures, report.usable) == ((), False, 12, 12)


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif", "bmp"])
def test_pictures_are_read_to_their_end(tmp_path: Path, suffix: str) -> None:
    truncate(write(tmp_path / f"cut.{suffix}", 1, 300, 200), 0.9)
    write(tmp_path / f"whole.{suffix}", 2, 300, 200)
    (tmp_path / f"text.{suffix}").write_text("not a picture")
    (tmp_path / f"empty.{suffix}").touch()
    report = check(tmp_path, None, 32)
    assert found(report, Fault.UNREADABLE).keys() == {f"{name}.{suffix}" for name in ("cut", "text", "empty")}
    assert report.fails
    assert report.usable == 1


def test_pictures_below_the_smallest_side_are_a_warning_unless_all_are(tmp_path: Path) -> None:
    write(tmp_path / "small.png", 1, 100, 31)
    write(tmp_path / "fits.png", 2, 32, 32)
    report = check(tmp_path, None, 32)
    assert found(report, Fault.TOO_SMALL) == {"small.png": "100 x 31, below 32 pixels"}
    assert not report.fails
    assert check(tmp_path, None, 33).fails


def turned(picture: Image.Image) -> Image.Image:
    return picture.transpose(Image.Transpose.ROTATE_90)


def flipped(picture: Image.Image) -> Image.Image:
    return picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)


def halved(picture: Image.Image) -> Image.Image:
    return picture.resize((picture.width // 2, picture.height // 2), Image.Resampling.LANCZOS)


def brighter(picture: Image.Image) -> Image.Image:
    return ImageEnhance.Brightness(picture).enhance(1.15)


def transverse(picture: Image.Image) -> Image.Image:
    return halved(picture.transpose(Image.Transpose.TRANSVERSE))


@pytest.mark.parametrize("change", [turned, flipped, halved, brighter, transverse, Image.Image.copy])
@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_a_changed_copy_is_a_duplicate_and_the_others_are_not(
    tmp_path: Path, change: Callable[[Image.Image], Image.Image], suffix: str
) -> None:
    for seed in range(8):
        write(tmp_path / f"{seed}.png", seed, 300, 200)
    change(noise(3, 300, 200)).save(tmp_path / f"copy.{suffix}", quality=60)
    report = check(tmp_path, None, 32)
    (detail,) = found(report, Fault.DUPLICATE).values()
    assert "3.png" in detail
    exact = change is Image.Image.copy and suffix == "png"
    assert ("has the pixels of" in detail) is exact
    assert not report.fails


def test_equal_pixels_are_found_in_other_files_and_in_flat_pictures(tmp_path: Path) -> None:
    Image.new("RGB", (64, 64), "white").save(tmp_path / "white.png")
    Image.new("RGB", (64, 64), "white").save(tmp_path / "white.bmp")
    Image.new("RGB", (64, 65), "white").save(tmp_path / "taller.bmp")
    Image.new("RGB", (64, 64), (255, 255, 254)).save(tmp_path / "yellowish.png")
    noise(1, 64, 64).save(tmp_path / "a.bmp")
    noise(1, 64, 64).save(tmp_path / "b.webp", lossless=True)
    said = found(check(tmp_path, None, 32), Fault.DUPLICATE)
    assert said.keys() == {"white.png", "b.webp"}
    assert said["white.png"].startswith("has the pixels of white.bmp")
    assert said["b.webp"].startswith("has the pixels of a.bmp")


def test_a_repeat_is_named_once_whatever_the_number_of_copies(tmp_path: Path) -> None:
    for name in "abcd":
        write(tmp_path / f"{name}.png", 1, 64, 64)
    said = found(check(tmp_path, None, 32), Fault.DUPLICATE)
    assert said.keys() == {"b.png", "c.png", "d.png"}
    assert all(text.startswith("has the pixels of a.png") for text in said.values())


def test_a_validation_picture_among_the_others_is_pointed_out(tmp_path: Path) -> None:
    write_many(tmp_path / "train", 3)
    write(tmp_path / "train" / "again.png", 2)
    write(tmp_path / "val" / "x.png", 1)
    said = found(check(tmp_path, None, 32), Fault.DUPLICATE)
    assert said.keys() == {"train/again.png", "val/x.png"}
    assert "validation" not in said["train/again.png"]
    assert said["val/x.png"].startswith("shows what train/0001.png shows")
    assert said["val/x.png"].endswith("; one of them is for validation")


def test_a_test_picture_in_the_training_set_is_a_leak(tmp_path: Path) -> None:
    write_many(tmp_path / "photos", 6)
    write(tmp_path / "tests" / "x.png", 50, 200, 200)
    write(tmp_path / "tests" / "y.png", 51, 200, 200)
    assert not check(tmp_path / "photos", tmp_path / "tests", 32).findings
    flipped(noise(51, 200, 200)).resize((90, 90)).save(tmp_path / "photos" / "leaked.jpg")
    report = check(tmp_path / "photos", tmp_path / "tests", 32)
    ((picture, detail),) = found(report, Fault.LEAK).items()
    assert picture == "leaked.jpg"
    assert "tests/y.png" in detail
    assert report.fails


def test_validation_pictures_may_be_test_pictures(tmp_path: Path) -> None:
    write_many(tmp_path / "train", 4)
    write(tmp_path / "val" / "x.png", 50)
    assert not check(tmp_path, tmp_path / "val", 32).findings
    write(tmp_path / "train" / "x.png", 50)
    report = check(tmp_path, tmp_path / "val", 32)
    assert found(report, Fault.LEAK) == {"train/x.png": f"has the pixels of {'val/x.png'}"}


def test_pairs_are_checked_for_their_sides_and_sizes(tmp_path: Path) -> None:
    for seed in range(5):
        write(tmp_path / "target" / f"{seed}.png", seed, 80, 60)
        write(tmp_path / "input" / f"{seed}.png", seed, 40, 30)
    write(tmp_path / "target" / "1.png", 1, 80, 61)
    write(tmp_path / "target" / "alone.png", 20)
    report = check(tmp_path, None, 50)
    assert list(found(report, Fault.UNEQUAL)) == ["target/1.png"]
    assert [Path(name).name for name in found(report, Fault.UNPAIRED)] == ["alone.png"]
    assert not found(report, Fault.DUPLICATE)  # an input is like its target
    assert not found(report, Fault.TOO_SMALL)  # inputs may be small
    assert report.fails


def test_every_missing_listed_file_is_named(tmp_path: Path) -> None:
    write(tmp_path / "a.png", 1)
    (tmp_path / "list.txt").write_text("a.png\n" + "".join(f"{n}.png\n" for n in range(6)))
    report = check(tmp_path / "list.txt", None, 32)
    assert len(found(report, Fault.MISSING)) == 6
    assert report.fails
    (tmp_path / "list.txt").write_text("\n")
    with pytest.raises(TrainError, match="lists no pictures"):
        check(tmp_path / "list.txt", None, 32)


def test_shards_are_checked_like_folders(tmp_path: Path) -> None:
    files = write_many(tmp_path / "photos", 3)
    truncate(files[1])
    pack(list_place(tmp_path / "photos"), tmp_path / "shards", 1 << 20)
    report = check(tmp_path / "shards", tmp_path / "photos", 32)
    names = found(report, Fault.UNREADABLE)
    assert "000000.tar:00000001.png" in names
    assert "cut short" in names["000000.tar:00000001.png"]
    assert found(report, Fault.LEAK).keys() == {f"000000.tar:0000000{n}.png" for n in (0, 2)}


def test_a_missing_place_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nowhere"):
        check(tmp_path / "nowhere", None, 32)


def adobe_like() -> bytes:
    """Return an RGB profile that is not sRGB's by its name."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile.replace("sRGB".encode("utf-16-be"), "Wide".encode("utf-16-be"))


def save_odd(folder: Path) -> dict[str, str]:
    """Write a picture of each odd kind; return what is to be said of each."""
    picture, srgb = noise(1, 64, 64), ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    picture.save(folder / "plain.jpg", icc_profile=srgb)
    picture.convert("L").save(folder / "grey.png")
    picture.convert("CMYK").save(folder / "press.jpg")
    picture.quantize(16).save(folder / "palette.png")
    picture.convert("RGBA").save(folder / "alpha.png")
    picture.convert("1").save(folder / "fax.png")
    deep = np.asarray(picture.convert("L")).astype(np.uint16) * 257
    Image.fromarray(deep).save(folder / "deep.png")
    picture.save(folder / "wide.png", icc_profile=adobe_like())
    picture.save(folder / "broken.png", icc_profile=b"no profile")
    picture.convert("L").save(folder / "other.jpg", icc_profile=srgb)
    return {
        "grey.png": "grey",
        "press.jpg": "CMYK",
        "palette.png": "a palette",
        "alpha.png": "alpha",
        "fax.png": "black and white",
        "deep.png": "grey, 16 bits",
        "wide.png": "profile Wide",
        "broken.png": "a damaged profile",
        "other.jpg": "grey, a profile for other colours (sRGB",
    }


def test_odd_colours_are_named_and_are_warnings(tmp_path: Path) -> None:
    expected = save_odd(tmp_path)
    report = check(tmp_path, None, 32)
    said = found(report, Fault.COLOUR)
    assert said.keys() == expected.keys()
    assert {name: text for name, text in said.items() if not text.startswith(expected[name])} == {}
    assert not report.fails


def test_a_turned_picture_is_measured_and_compared_upright(tmp_path: Path) -> None:
    picture = noise(1, 60, 40)
    exif = Image.Exif()
    exif[0x0112] = 6
    stream = io.BytesIO()
    picture.transpose(Image.Transpose.ROTATE_90).save(stream, "PNG", exif=exif)
    (tmp_path / "turned.png").write_bytes(stream.getvalue())
    picture.save(tmp_path / "upright.png")
    facts = look(tmp_path / "turned.png")
    assert (facts.width, facts.height) == (60, 40)
    assert pixel_digest(tmp_path / "turned.png") == pixel_digest(tmp_path / "upright.png")


thumbnails = st.integers(0, 2**32 - 1).map(
    lambda seed: np.random.default_rng(seed).integers(0, 256, (2, SIDE, SIDE), dtype=np.uint8)
)


@settings(max_examples=30, deadline=None)
@given(thumbnails)
def test_likeness_is_blind_to_mirrorings_and_to_nothing_else(pair: np.ndarray) -> None:
    one, other = (spectra(picture[None]) for picture in pair)
    variants = [spectra(np.rot90(side, turns)[None]) for side in (pair[0], pair[0].T) for turns in range(4)]
    assert all(likeness(variant, one).item() > 0.999 for variant in variants)
    best = max(float((variant * other).sum()) for variant in variants)
    assert likeness(one, other).item() == pytest.approx(best, abs=1e-5)
    assert best < ALIKE


def test_the_bound_loses_no_match() -> None:
    rng = np.random.default_rng(0)
    originals = rng.integers(0, 256, (40, SIDE, SIDE)).astype(np.uint8)
    copies = np.stack(
        [
            np.rot90(one, turn % 4) if turn < 4 else np.rot90(one, turn % 4).T
            for turn, one in enumerate(originals)
        ]
    )
    noisy = np.clip(copies + rng.normal(0, 12, copies.shape), 0, 255).astype(np.uint8)
    matches = list(alike(spectra(noisy), spectra(originals)))
    assert {(match.first, match.second) for match in matches} == {(n, n) for n in range(40)}
    within = list(alike(spectra(np.concatenate([originals, noisy]))))
    assert {(match.first, match.second) for match in within} == {(n + 40, n) for n in range(40)}
