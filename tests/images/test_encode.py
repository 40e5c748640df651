from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from picture_fixtures import IPTC, LIMIT, XMP, colour, decoded, exif_block, icc, opened, saved, smooth
from PIL import Image

from gantool.errors import ImageError
from gantool.images import Decoded, ImageFormat, decode, encode, encode_bytes, tiff, with_pixels
from gantool.images.formats import WRITABLE
from gantool.images.model import Metadata
from gantool.images.samples import over_white, to_uint8
from gantool.images.writers import WRITERS


def _coded(picture: Decoded, format: str, quality: int = 95) -> bytes:
    return encode_bytes(picture, format=format, quality=quality, strip_metadata=False)


@pytest.mark.parametrize("format", ["png", "tiff"])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("transparent", [False, True])
def test_lossless_round_trip_is_exact(format: str, kind: Any, channels: int, transparent: bool) -> None:
    alpha = colour(kind=kind, channels=1)[..., 0] if transparent else None
    picture = Decoded(colour(kind=kind, channels=channels), alpha)
    found = decoded(_coded(picture, format))
    assert found.format == format
    assert found.pixels.dtype == kind
    assert np.array_equal(found.pixels, picture.pixels)
    assert (found.alpha is None) == (alpha is None)
    assert alpha is None or np.array_equal(found.alpha, alpha)  # type: ignore[arg-type]


def _webp(transparent: bool, frames: int = 1, **options: Any) -> bytes:
    """Return a WebP of random colours, also under what is transparent."""
    pixels = [Image.fromarray(colour(channels=4 if transparent else 3) ^ number) for number in range(frames)]
    return saved(
        pixels[0],
        "WEBP",
        exact=True,
        save_all=frames > 1,
        append_images=pixels[1:],
        minimize_size=False,
        **options,
    )


@pytest.mark.parametrize("transparent", [False, True])
@pytest.mark.parametrize("more", [{}, {"icc_profile": icc(), "xmp": XMP}, {"frames": 2}])
def test_a_webp_that_was_lossless_stays_so(transparent: bool, more: Any) -> None:
    picture = decoded(_webp(transparent, lossless=True, **more))
    assert picture.lossless
    coded = _coded(with_pixels(picture, picture.pixels.copy(), picture.alpha), "webp", 40)
    found = decoded(coded)
    assert np.array_equal(found.pixels, picture.pixels)
    assert (found.alpha is None) == (picture.alpha is None)
    assert picture.alpha is None or np.array_equal(found.alpha, picture.alpha)  # type: ignore[arg-type]
    assert (found.metadata.icc, found.lossless) == (picture.metadata.icc, True)
    assert (b"the shore" in (found.metadata.xmp or b"")) == ("xmp" in more)
    assert opened(coded).mode == ("RGBA" if transparent else "RGB")
    small = encode_bytes(picture, format="webp", quality=40, strip_metadata=False, lossy=True)
    assert len(small) < len(coded)
    assert not decoded(small).lossless


@pytest.mark.parametrize("transparent", [False, True])
def test_a_webp_that_was_lossy_stays_so(transparent: bool) -> None:
    for more in ({}, {"frames": 2}):
        picture = decoded(_webp(transparent, quality=90, **more))
        assert not picture.lossless
        assert not decoded(_coded(picture, "webp")).lossless
    assert not decoded(saved(Image.fromarray(colour()), "PNG")).lossless


@pytest.mark.parametrize("channels", [1, 3])
def test_bmp_round_trip_is_exact(channels: int) -> None:
    picture = Decoded(colour(channels=channels))
    assert np.array_equal(decoded(_coded(picture, "bmp")).pixels, picture.pixels)


@pytest.mark.parametrize("format", ["jpeg", "webp", "avif"])
@pytest.mark.parametrize("deep", [False, True])
def test_lossy_formats_stay_close(format: str, deep: bool) -> None:
    pixels = smooth(48, 64)
    picture = Decoded(pixels.astype(np.uint16) * 257 if deep else pixels)
    found = decoded(_coded(picture, format))
    assert found.pixels.dtype == np.uint8
    assert np.abs(found.pixels.astype(int) - pixels).mean() < 3


@pytest.mark.parametrize("format", ["webp", "avif"])
def test_lossy_formats_keep_alpha(format: str) -> None:
    alpha = smooth(48, 64)[..., 0]
    found = decoded(_coded(Decoded(smooth(48, 64), alpha), format))
    assert found.alpha is not None
    assert np.abs(found.alpha.astype(int) - alpha).mean() < 3


def test_grey_jpeg_stays_grey() -> None:
    grey = smooth(48, 64)[..., :1]
    found = decoded(_coded(Decoded(grey), "jpeg"))
    assert found.pixels.shape == (48, 64, 1)
    assert np.abs(found.pixels.astype(int) - grey).mean() < 2


@pytest.mark.parametrize("format", ["jpeg", "bmp"])
def test_what_holds_no_alpha_is_composited_over_white(format: str) -> None:
    alpha = np.zeros((48, 64), np.uint8)
    alpha[:, 32:] = 255
    found = decoded(_coded(Decoded(np.zeros((48, 64, 3), np.uint8), alpha), format))
    assert found.alpha is None
    assert found.pixels[:, :24].min() > 250
    assert found.pixels[:, 40:].max() < 5


@pytest.mark.parametrize(("quality", "sampling"), [(95, 1), (90, 1), (80, 2)])
def test_chroma_is_whole_at_high_quality(quality: int, sampling: int) -> None:
    layers: Any = opened(_coded(Decoded(smooth()), "jpeg", quality))
    assert layers.layer[0][1] == sampling


def test_quality_matters_and_is_checked() -> None:
    picture = Decoded(colour(64, 64))
    for format in ("jpeg", "webp", "avif"):
        assert len(_coded(picture, format, 30)) < len(_coded(picture, format, 95))
    with pytest.raises(ImageError, match="--quality"):
        _coded(picture, "jpeg", 0)


def test_sixteen_bits_are_rounded_not_cut() -> None:
    values = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    assert np.array_equal(to_uint8(values), np.rint(values / 257).astype(np.uint8))


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_compositing_is_rounded(kind: Any) -> None:
    top = np.iinfo(kind).max
    pixels, alpha = colour(300, 40, kind), colour(300, 40, kind)[..., 1]
    pixels[0], alpha[0] = top, top  # The largest products.
    weight = alpha[..., None] / top
    exact = (pixels * weight + top * (1 - weight)) * (255 / top)
    assert np.abs(over_white(pixels, alpha) - exact).max() <= 0.5 + 1 / 256


def test_file_and_bytes_are_the_same(tmp_path: Path) -> None:
    picture = Decoded(colour())
    for format in WRITABLE:
        target = tmp_path / f"out{format.suffix}"
        encode(picture, target, format=format, quality=90, strip_metadata=False)
        assert target.read_bytes() == encode_bytes(picture, format=format, quality=90, strip_metadata=False)
        assert decode(target, max_pixels=LIMIT).format is format


def test_unwritable_formats_and_sizes_are_refused() -> None:
    with pytest.raises(ImageError, match="choose --format"):
        _coded(Decoded(colour()), "gif")
    with pytest.raises(ImageError, match="choose --format"):
        _coded(Decoded(colour()), "nonsense")
    with pytest.raises(ImageError, match="16383"):
        _coded(Decoded(colour(1, 16384)), "webp")
    with pytest.raises(ImageError, match="65500"):
        _coded(Decoded(colour(65501, 1)), "jpeg")


@pytest.mark.parametrize(
    ("height", "width", "words"), [(1, 32769, "32768 a side"), (16385, 16384, "268435456 in all")]
)
def test_an_avif_that_nothing_could_open_is_refused(height: int, width: int, words: str) -> None:
    large = np.broadcast_to(np.zeros(3, np.uint8), (height, width, 3))  # Takes no memory.
    with pytest.raises(ImageError, match=f"{words}.*png or tiff"):
        _coded(Decoded(large), "avif")
    WRITERS[ImageFormat.AVIF].check_holds("x", ImageFormat.AVIF, 16384, 16384)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_a_tiff_too_large_for_offsets_of_4_bytes_becomes_a_bigtiff(
    monkeypatch: pytest.MonkeyPatch, kind: Any
) -> None:
    picture = replace(Decoded(colour(kind=kind)), metadata=Metadata(exif=exif_block(), xmp=XMP, iptc=IPTC))
    small = _coded(picture, "tiff")
    monkeypatch.setattr(tiff, "MOST_CLASSIC", picture.pixels.nbytes - 1)
    large = _coded(picture, "tiff")
    assert (small[:4], large[:4]) == (b"MM\0*", b"II+\0")
    found = decoded(large)
    assert np.array_equal(found.pixels, picture.pixels)
    assert found.metadata.xmp == decoded(small).metadata.xmp
    classic, big = Image.Exif(), Image.Exif()
    classic.load(decoded(small).metadata.exif or b"")
    big.load(found.metadata.exif or b"")
    for directory in (0x8769, 0x8825):
        assert classic.get_ifd(directory)
        assert big.get_ifd(directory) == classic.get_ifd(directory)
    assert (big[0x010F], big.endian) == ("Camera", "<")
    assert found.metadata.iptc == IPTC


def test_one_pixel_survives_every_format() -> None:
    for format in WRITABLE:
        assert decoded(_coded(Decoded(colour(1, 1)), format)).pixels.shape[:2] == (1, 1)


def test_threads_do_not_disturb_each_other() -> None:
    sources = [
        saved(Image.fromarray(smooth(40 + n, 50)), format) for n in range(4) for format in ("PNG", "TIFF")
    ]

    def work(number: int) -> bool:
        data = sources[number % len(sources)]
        picture = decoded(data)
        again = decoded(_coded(picture, ("png", "tiff", "bmp")[number % 3]))
        return np.array_equal(again.pixels, picture.pixels) and picture.height == 40 + number % 8 // 2

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(64)))


def test_arrays_that_are_no_picture_are_a_bug() -> None:
    with pytest.raises(ValueError, match="pixels must be"):
        Decoded(np.zeros((4, 4, 3), np.float32))
    with pytest.raises(ValueError, match="does not fit"):
        with_pixels(Decoded(colour()), colour(8, 8), np.zeros((4, 4), np.uint8))


def test_format_of_a_picture_is_kept() -> None:
    picture = decoded(saved(Image.fromarray(colour()), "PNG"))
    assert with_pixels(picture, colour(32, 48), None).format is ImageFormat.PNG
