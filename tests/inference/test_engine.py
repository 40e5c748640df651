"""Precision ladder, memory, channels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from gantool.errors import DeviceError, PluginError, UsageError, WeightError
from gantool.inference.device import check_device_name
from gantool.inference.engine import Engine, enhance_picture
from gantool.inference.precision import Precision
from gantool.inference.result import Settings
from gantool.task import Box, Geometry, Picture
from tests.inference.toys import ToyEnhancer, ToyPicture, noise

CPU = Settings(device="cpu", precision=Precision.FP32, tile=16)


def cpu(precision: Precision, tile: int = 16) -> Settings:
    return Settings(device="cpu", precision=precision, tile=tile)


class Overflowing(ToyEnhancer):
    """Is not finite left of x = 16 in the precisions named."""

    def __init__(self, *bad: torch.dtype) -> None:
        super().__init__()
        self.bad = bad

    def __call__(self, image: Tensor, box: Box, state: object) -> Tensor:
        output = super().__call__(image, box, state)
        weight = next(self.module.parameters())
        return output * float("nan") if weight.dtype in self.bad and box.x == 0 else output


def test_a_tile_that_overflows_is_computed_again_one_rung_up() -> None:
    pixels = noise(32, 16)
    result = enhance_picture(Overflowing(torch.float16), ToyPicture(pixels), settings=cpu(Precision.FP16))
    (retry,) = result.report.retries
    assert (retry.box, retry.failed, retry.used) == (Box(0, 0, 16, 16), Precision.FP16, Precision.BF16)
    fp32 = enhance_picture(ToyEnhancer(), ToyPicture(pixels), settings=CPU).pixels
    assert np.abs(result.pixels.astype(int) - fp32).max() <= 4


def test_the_ladder_ends_in_the_fp32_result() -> None:
    pixels = noise(16, 16)
    bad = Overflowing(torch.float16, torch.bfloat16)
    result = enhance_picture(bad, ToyPicture(pixels), settings=cpu(Precision.FP16))
    assert [retry.used for retry in result.report.retries] == [Precision.BF16, Precision.FP32]
    expected = enhance_picture(ToyEnhancer(), ToyPicture(pixels), settings=CPU).pixels
    assert np.array_equal(result.pixels, expected)


def test_infinite_everywhere_is_one_line() -> None:
    bad = Overflowing(torch.float32)
    with pytest.raises(WeightError, match="not finite"):
        enhance_picture(bad, ToyPicture(noise(16, 16)), settings=CPU)


def test_an_operation_missing_in_half_climbs_the_ladder() -> None:
    class Missing(ToyEnhancer):
        def __call__(self, image: Tensor, box: Box, state: object) -> Tensor:
            if next(self.module.parameters()).dtype == torch.bfloat16:
                raise RuntimeError("\"fft\" not implemented for 'BFloat16'")
            return super().__call__(image, box, state)

    report = enhance_picture(Missing(), ToyPicture(noise(8, 8)), settings=cpu(Precision.BF16)).report
    assert report.retries[0].used is Precision.FP32


def test_reduced_precision_keeps_what_is_added_to_the_input_precise() -> None:
    class Residual(ToyEnhancer):
        def __call__(self, image: Tensor, box: Box, state: object) -> Tensor:
            return image + 0 * super().__call__(image, box, state)

    pixels = noise(20, 20, dtype=np.uint16)
    result = enhance_picture(Residual(), ToyPicture(pixels), settings=cpu(Precision.BF16), dtype=np.uint16)
    assert np.array_equal(result.pixels, pixels)


def test_weights_are_fp32_again_afterwards() -> None:
    enhancer = ToyEnhancer()
    before = [parameter.detach().clone() for parameter in enhancer.module.parameters()]
    enhance_picture(enhancer, ToyPicture(noise(8, 8)), settings=cpu(Precision.BF16))
    after = list(enhancer.module.parameters())
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))


class Hungry(ToyEnhancer):
    """Runs out of memory above so many input pixels."""

    def __init__(self, limit: int, error: RuntimeError, geometry: Geometry | None = None) -> None:
        super().__init__(whole_weights=True, geometry=geometry)
        self.limit, self.error = limit, error

    def __call__(self, image: Tensor, box: Box, state: object) -> Tensor:
        if box.width * box.height > self.limit:
            raise self.error
        return super().__call__(image, box, state)


OUT_OF_MEMORY = [
    torch.OutOfMemoryError("CUDA out of memory"),
    RuntimeError("[enforce fail at alloc_cpu.cpp:118] DefaultCPUAllocator: can't allocate memory"),
    RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 3 bytes"),
]


@pytest.mark.parametrize("error", OUT_OF_MEMORY)
@pytest.mark.parametrize("tile", [0, 48, 20])
def test_out_of_memory_halves_the_tile_and_goes_on(error: RuntimeError, tile: int) -> None:
    pixels = noise(50, 40)
    result = enhance_picture(Hungry(20 * 20, error), ToyPicture(pixels), settings=cpu(Precision.FP32, tile))
    whole = enhance_picture(
        ToyEnhancer(whole_weights=True), ToyPicture(pixels), settings=cpu(Precision.FP32, 0)
    )
    assert np.array_equal(result.pixels, whole.pixels)
    assert 0 < result.report.tile <= 14
    assert "out of memory" in result.report.notes[-1]


@pytest.mark.parametrize("geometry", [None, Geometry(tileable=False, note="looks at everything")])
def test_no_memory_at_all_is_one_line(geometry: Geometry | None) -> None:
    enhancer = Hungry(0, OUT_OF_MEMORY[0], geometry)
    with pytest.raises(DeviceError, match="no memory left"):
        enhance_picture(enhancer, ToyPicture(noise(20, 20)), settings=cpu(Precision.FP32, 0))


def test_other_runtime_errors_are_bugs() -> None:
    with pytest.raises(RuntimeError, match="a bug"):
        enhance_picture(Hungry(0, RuntimeError("a bug")), ToyPicture(noise(9, 9)), settings=CPU)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda made: None, "NoneType, no tensor"),
        (lambda made: made.numpy(), "ndarray, no tensor"),
        (lambda made: made[:, :1], r"\(1, 1, 8, 8\) where \(1, 3, 8, 8\)"),
        (lambda made: torch.cat((made, made[:, :1]), 1), r"\(1, 4, 8, 8\)"),
        (lambda made: torch.cat((made, made)), r"\(2, 3, 8, 8\)"),
        (lambda made: (255 * made).byte(), "torch.uint8"),
    ],
)
def test_what_is_no_image_of_the_network_is_the_plugins_fault(
    spoil: Callable[[Tensor], object], says: str
) -> None:
    class Spoilt(ToyEnhancer):
        def __call__(self, image: Tensor, box: Box, state: object) -> Any:
            return spoil(super().__call__(image, box, state))

    with pytest.raises(PluginError, match=says):
        enhance_picture(Spoilt(), ToyPicture(noise(8, 8)), settings=CPU)


def test_a_network_that_breaks_its_geometry_is_the_plugins_fault() -> None:
    enhancer = ToyEnhancer(scale=2, geometry=Geometry(scale=3))
    with pytest.raises(PluginError, match="Geometry"):
        enhance_picture(enhancer, ToyPicture(noise(8, 8)), settings=CPU)


def test_regions_need_scale_one() -> None:
    with pytest.raises(PluginError, match="scale 1"):
        enhance_picture(ToyEnhancer(scale=2, only=[]), ToyPicture(noise(8, 8)), settings=CPU)


def test_inexact_tiles_are_said() -> None:
    enhancer = ToyEnhancer(geometry=Geometry(halo=3, exact=False, note="statistics of the whole"))
    report = enhance_picture(enhancer, ToyPicture(noise(40, 8)), settings=CPU).report
    assert "statistics of the whole" in report.notes[0]


def test_a_tile_size_for_what_cannot_be_tiled_is_refused() -> None:
    with pytest.raises(UsageError, match="--tile 16"):
        Engine(ToyEnhancer(geometry=Geometry(tileable=False)), CPU)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_grey_goes_through_a_colour_network_and_stays_grey(dtype: type) -> None:
    class Mean(ToyEnhancer):
        def __call__(self, image: Tensor, box: Box, state: object) -> Tensor:
            assert image.shape[1] == 3
            return image

    pixels = noise(21, 9, 1, dtype=dtype)
    result = enhance_picture(Mean(), ToyPicture(pixels), settings=CPU, dtype=dtype)
    assert np.array_equal(result.pixels, pixels)


def test_colour_goes_through_a_grey_network_plane_by_plane() -> None:
    pixels = noise(21, 9)
    shares: list[float] = []
    grey = ToyEnhancer(channels=1)
    result = Engine(grey, CPU).enhance(ToyPicture(pixels), progress=shares.append)
    for plane in range(3):
        alone = enhance_picture(grey, ToyPicture(pixels[..., plane : plane + 1]), settings=CPU)
        assert np.array_equal(result.pixels[..., plane : plane + 1], alone.pixels)
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_prepare_sees_the_picture_and_its_extras() -> None:
    class Looking(ToyEnhancer):
        def prepare(self, whole: Picture, extras: Mapping[str, Picture]) -> object:
            return whole.channels, whole.reduced(4).shape, extras["mask"].width

        def __call__(self, image: Tensor, box: Box, state: object) -> Tensor:
            assert state == (3, (1, 3, 4, 4), 5)
            return image

    extras = {"mask": ToyPicture(noise(5, 5, 1))}
    enhance_picture(Looking(), ToyPicture(noise(8, 8, 1)), extras, CPU)


def test_an_absent_device_is_an_error() -> None:
    if torch.cuda.is_available():
        pytest.skip("CUDA is there")
    with pytest.raises(DeviceError, match="cuda"):
        Engine(ToyEnhancer(), Settings(device="cuda:7"))
    with pytest.raises(UsageError, match="tpu"):
        Engine(ToyEnhancer(), Settings(device="tpu"))


@pytest.mark.parametrize("name", ["cuda:01", "cuda:\uff11", "cuda:", "cuda:-1"])
def test_a_device_that_torch_cannot_spell_is_none(name: str) -> None:
    with pytest.raises(RuntimeError, match="Invalid device"):
        torch.device(name)
    with pytest.raises(UsageError, match="is no device"):
        check_device_name(name)


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_cuda_gives_what_the_cpu_gives() -> None:
    pixels = noise(70, 50)
    cuda = Settings(device="cuda", precision=Precision.FP32, tile=16)
    there = enhance_picture(ToyEnhancer(scale=2), ToyPicture(pixels), settings=cuda).pixels
    here = enhance_picture(ToyEnhancer(scale=2), ToyPicture(pixels), settings=CPU).pixels
    assert np.abs(there.astype(int) - here).max() <= 1
