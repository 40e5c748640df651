"""Decode ahead, network, encode behind."""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from torch import Tensor

from gantool.cli.enhance_text import as_record, notes_of
from gantool.images import Decoded, decode, encode
from gantool.inference import saving as saving_module
from gantool.inference.engine import Engine
from gantool.inference.limits import Limits, limits_for
from gantool.inference.outcome import Outcome, Size, Status
from gantool.inference.pipeline import run
from gantool.inference.plan import Job, plan
from gantool.inference.precision import Precision
from gantool.inference.result import Settings
from gantool.inference.saving import Saving
from gantool.inference.targets import understand_output
from gantool.task import Box
from tests.inference.toys import Doubling, ToyEnhancer, doubled, noise

CPU = Settings(device="cpu", precision=Precision.FP32, tile=32)
SMALL = Limits(threads=1, waiting=1, max_pixels=10_000)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def save(name: str, pixels: np.ndarray) -> None:
    Image.fromarray(pixels.squeeze()).save(name)


def jobs(*inputs: str, o: str | None = None) -> Sequence[Job]:
    output = understand_output(o, inputs, default_suffix="_toy", suffix=None, format=None)
    return plan(inputs, output).jobs


def outcomes(engine: Engine, *inputs: str, o: str | None = None, limits: Limits = SMALL) -> list[Outcome]:
    return list(run(jobs(*inputs, o=o), [engine], Saving(90, False), limits))


@pytest.mark.parametrize("limits", [SMALL, Limits(threads=4, waiting=2**30, max_pixels=10_000)])
def test_order_and_pixels(limits: Limits) -> None:
    names = [f"{index}.png" for index in range(9)]
    pictures = [noise(5 + index, 7, seed=index) for index in range(9)]
    for name, pixels in zip(names, pictures, strict=True):
        save(name, pixels)
    done = outcomes(Engine(Doubling(), CPU), *names, o="out", limits=limits)
    assert [str(outcome.job.source) for outcome in done] == names
    for outcome, pixels in zip(done, pictures, strict=True):
        assert outcome.status is Status.DONE
        assert outcome.target_size == Size(2 * pixels.shape[1], 14)
        assert np.array_equal(np.asarray(Image.open(outcome.job.target)), doubled(pixels))


@pytest.mark.parametrize(("longest", "size"), [(6, (6, 4)), (12, (12, 8)), (99, (12, 8)), (None, (12, 8))])
def test_a_result_is_no_larger_than_wanted(longest: int | None, size: tuple[int, int]) -> None:
    save("a.png", noise(6, 4))
    saving = Saving(90, False, longest)
    (done,) = run(jobs("a.png", o="out"), [Engine(Doubling(), CPU)], saving, SMALL)
    assert done.target_size == Size(*size)
    assert Image.open(done.job.target).size == size


def test_what_a_format_can_hold_is_asked_of_the_size_that_is_written() -> None:
    save("a.png", noise(9000, 2))
    limits = Limits(threads=1, waiting=2**20, max_pixels=20_000)
    (wide,) = run(jobs("a.png", o="wide.webp"), [Engine(Doubling(), CPU)], Saving(90, False), limits)
    assert wide.status is Status.FAILED
    (fits,) = run(jobs("a.png", o="fits.webp"), [Engine(Doubling(), CPU)], Saving(90, False, 16000), limits)
    assert fits.status is Status.DONE


def test_stdin_is_read_once_for_all_candidates(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = noise(6, 5)
    save("a.png", pixels)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(Path("a.png").read_bytes())))
    output = understand_output("out", ("-",), default_suffix="_toy", suffix=None, format=None)
    planned = plan(["-"], output, candidates=2).jobs
    done = list(run(planned, [Engine(Doubling(), CPU)], Saving(90, False), SMALL))
    assert [outcome.job.target.name for outcome in done] == ["stdin-1.png", "stdin-2.png"]
    assert all(np.array_equal(np.asarray(Image.open(one.job.target)), doubled(pixels)) for one in done)


def test_a_result_that_cannot_be_shown_is_written_all_the_same() -> None:
    save("a.png", noise(6, 5))
    save("b.png", noise(6, 5))

    def look(outcome: Outcome, before: Decoded, after: Decoded) -> None:
        if outcome.job.source.name == "a.png":
            raise ValueError("too long")

    done = list(run(jobs("a.png", "b.png"), [Engine(Doubling(), CPU)], Saving(90, False), SMALL, look=look))
    assert [outcome.status for outcome in done] == [Status.DONE] * 2
    assert [notes_of(outcome) for outcome in done] == [["a.png: the report cannot show it (too long)"], []]
    assert as_record(replace(done[0], reports=()))["notes"] == ["the report cannot show it (too long)"]
    assert Path("a_toy.png").exists()


def test_pages_that_are_left_out_are_told() -> None:
    pages = [Image.fromarray(noise(6, 5, seed=seed)) for seed in range(3)]
    pages[0].save("scan.tif", save_all=True, append_images=pages[1:])
    (done,) = outcomes(Engine(Doubling(), CPU), "scan.tif")
    assert notes_of(done) == ["scan.tif: it has 3 pages; the first was taken"]


@pytest.mark.parametrize(
    ("said", "what"),
    [
        (b'hdrgm:Version="1.0"', "HDR gain map"),
        (b"<hdrgm:Version>1.0</hdrgm:Version>", "HDR gain map"),
        (b'Item:Semantic="GainMap"', "HDR gain map"),
        (b'GCamera:MotionPhoto="1"', "video"),
        (b"<GCamera:MicroVideo>1</GCamera:MicroVideo>", "video"),
        (b'GCamera:MotionPhoto="0"', ""),
        (b'GCamera:HdrPlusMakernote="x"', ""),
    ],
)
def test_what_a_camera_appended_is_told(said: bytes, what: str) -> None:
    Image.fromarray(noise(6, 5)).save("phone.jpg", xmp=b"<x:xmpmeta>" + said + b"</x:xmpmeta>")
    (done,) = outcomes(Engine(Doubling(), CPU), "phone.jpg")
    assert notes_of(done) == ([f"phone.jpg: its {what} was left out"] if what else [])


@pytest.mark.parametrize("target", ["a_toy.jpg", "out.png"])
def test_what_a_format_cannot_hold_is_told(target: str) -> None:
    deep = noise(6, 5, 4, dtype=np.uint16)
    encode(
        Decoded(deep[..., :3], deep[..., 3]), Path("a.png"), format="png", quality=90, strip_metadata=False
    )
    Path("a.png").rename("a.jpg")
    (done,) = outcomes(Engine(Doubling(), CPU), "a.jpg", o=target)
    told = [
        "a.jpg: its transparency was laid over white: JPEG has none",
        "a.jpg: it was rounded to 8 bits: JPEG has no more",
    ]
    assert notes_of(done) == (told if target.endswith(".jpg") else [])


@pytest.mark.parametrize("quality", [None, 80])
def test_a_lossless_webp_is_written_without_loss_unless_a_quality_is_asked_for(quality: int | None) -> None:
    pixels = noise(16, 15)
    Image.fromarray(pixels).save("a.webp", lossless=True)
    (done,) = run(jobs("a.webp"), [Engine(Doubling(), CPU)], Saving.asked(quality, False, None), SMALL)
    written = decode(done.job.target, max_pixels=10_000).pixels
    assert np.array_equal(written, doubled(pixels)) == (quality is None)


def test_one_bad_file_and_the_rest_go_on() -> None:
    save("a.png", noise(8, 8))
    Path("text.png").write_text("this is no picture")
    Path("cut.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    save("bomb.png", noise(200, 200))
    save("z.png", noise(8, 8))
    done = outcomes(Engine(Doubling(), CPU), "a.png", "text.png", "none.png", "cut.jpg", "bomb.png", "z.png")
    assert [outcome.status for outcome in done] == [Status.DONE, *[Status.FAILED] * 4, Status.DONE]
    for outcome in done[1:5]:
        assert str(outcome.job.source) in outcome.reason
        assert "\n" not in outcome.reason
    assert sorted(path.name for path in Path().glob("*_toy*")) == ["a_toy.png", "z_toy.png"]


@pytest.mark.parametrize(("width", "target"), [(40_000, "x.jpg"), (20_000, "x.avif")])
def test_a_result_too_large_for_its_format_costs_no_work(width: int, target: str) -> None:
    save("wide.png", noise(width, 1))
    engine = Engine(Doubling(), CPU)
    (outcome,) = outcomes(engine, "wide.png", o=target, limits=Limits(1, 1, 10**6))
    assert outcome.status is Status.FAILED
    assert "--format" in outcome.reason
    assert engine.enhancer.seen == []  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("target", "channels", "needed"),
    [
        ("x.png", 3, 256 * 3 * 3),  # The picture, what is coded, and the stream it is put together in.
        ("x.png", 4, 256 * 4 * 4),
        ("x.avif", 3, 256 * (3 + 46)),
        ("x.jpg", 3, 256 * (3 + 7)),
        ("x.tif", 4, 256 * (2 * 4 + 1)),
    ],
)
def test_a_result_larger_than_memory_costs_no_work(
    target: str, channels: int, needed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = SimpleNamespace(available=needed - 1)
    monkeypatch.setattr(saving_module.psutil, "virtual_memory", lambda: free)
    save("a.png", noise(8, 8, channels))
    engine = Engine(Doubling(), CPU)
    (outcome,) = outcomes(engine, "a.png", o=target)
    assert (outcome.code, "GiB" in outcome.reason) == ("GT602", True)
    assert engine.enhancer.seen == []  # type: ignore[attr-defined]
    free.available = needed
    assert [outcome.status for outcome in outcomes(engine, "a.png", o=target)] == [Status.DONE]


def test_a_full_disk_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    save("a.png", noise(8, 8))
    (outcome,) = outcomes(Engine(Doubling(), CPU), "a.png", o="out")
    assert outcome.status is Status.FAILED
    assert "space" in outcome.reason
    assert list(Path("out").iterdir()) == []


def test_an_interrupt_leaves_whole_files_alone() -> None:
    class Interrupted(Doubling):
        def __call__(self, image: Tensor, box: Box, state: object) -> Tensor:
            if len(self.seen) == 2:
                raise KeyboardInterrupt
            return super().__call__(image, box, state)

    for index in range(4):
        save(f"{index}.png", noise(8, 8, seed=index))
    done: list[Outcome] = []
    outcomes = run(jobs(".", o="out"), [Engine(Interrupted(), CPU)], Saving(90, False), SMALL)
    with pytest.raises(KeyboardInterrupt):
        done.extend(outcomes)
    assert [outcome.job.source.name for outcome in done] == ["0.png", "1.png"]
    assert sorted(path.name for path in Path("out").iterdir()) == ["0.png", "1.png"]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith(("encode", "decode"))]


def test_a_reader_that_leaves_early_leaves_no_threads() -> None:
    for index in range(4):
        save(f"{index}.png", noise(8, 8, seed=index))
    running = run(jobs(".", o="out"), [Engine(Doubling(), CPU)], Saving(90, False), SMALL)
    next(running)
    running.close()  # type: ignore[attr-defined]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith(("encode", "decode"))]
    assert not list(Path("out").glob("*.part"))


def test_sixteen_bit_grey_stays_so(tmp_path: Path) -> None:
    pixels = noise(8, 8, 1, dtype=np.uint16)
    Image.fromarray(pixels[..., 0]).save("deep.png")
    (outcome,) = outcomes(Engine(Doubling(), CPU), "deep.png")
    written = decode(outcome.job.target, max_pixels=10_000).pixels
    assert written.dtype == np.uint16
    assert np.array_equal(written, doubled(pixels))


def test_limits_follow_the_device() -> None:
    limits = limits_for([Engine(ToyEnhancer(), CPU)], 5)
    assert (limits.threads, limits.max_pixels) == (1, 5)
    assert 0 < limits.waiting <= 2**31
