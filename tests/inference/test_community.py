"""Networks of other projects: spandrel's, with seeded random weights, against spandrel called directly."""

from __future__ import annotations

import hashlib
import json
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor, nn

from gantool import plugins
from gantool.errors import ImageError, UsageError, WeightError
from gantool.inference import community, steps
from gantool.inference.engine import Engine
from gantool.inference.precision import Precision
from gantool.inference.reach import GENEROUS_HALO
from gantool.inference.result import Settings
from gantool.inference.runner import Runner, open_steps
from gantool.inference.steps import Step
from gantool.task import AnyTask, Enhance, Extra, Foreign, Purpose, Task

spandrel = pytest.importorskip("spandrel")

CPU = Settings("cpu", Precision.FP32)


class Options:
    scale = 4
    kind = "usual"


def task(purpose: Purpose) -> AnyTask:
    """A task that has no network of its own: only foreign ones run."""
    foreign = Foreign(purpose, "scale" if purpose is Purpose.ENLARGE else "", "holes")
    extras = (Extra("holes", "White is filled.", aligned=True, grey=True),)
    return Task("any", "", Enhance(Options, lambda options: ("own",), None, extras, foreign))  # type: ignore[arg-type]


LARGER, CLEANER = task(Purpose.ENLARGE), task(Purpose.RESTORE)


def compact(scale: int = 4, channels: int = 3) -> nn.Module:
    from spandrel.architectures.Compact import Compact

    return Compact(num_in_ch=channels, num_out_ch=channels, num_feat=16, num_conv=4, upscale=scale)


def dncnn(channels: int = 3) -> nn.Module:
    from spandrel.architectures.DnCNN import DnCNN

    return DnCNN(in_nc=channels, out_nc=channels, nc=16, nb=9, act_mode="R")


def swinir() -> nn.Module:
    from spandrel.architectures.SwinIR import SwinIR

    return SwinIR(
        img_size=64, depths=[1], embed_dim=12, num_heads=[2], window_size=8, mlp_ratio=2,
        upscale=2, upsampler="pixelshuffledirect",
    )  # fmt: skip


def retinexformer() -> nn.Module:
    from spandrel.architectures.RetinexFormer import RetinexFormer

    return RetinexFormer(n_feat=8, stage=1, num_blocks=[1, 1, 1])


def rrdb() -> nn.Module:
    from spandrel.architectures.ESRGAN import ESRGAN

    return ESRGAN(num_filters=8, num_blocks=2, scale=4)


def seeded(network: nn.Module) -> nn.Module:
    """Give every parameter values of a usual size."""
    rng = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in network.parameters():
            fan = max(1, parameter[0].numel()) if parameter.dim() > 1 else 100
            parameter.copy_(torch.randn(parameter.shape, generator=rng) / fan**0.5)
    return network.eval()


def stored(folder: Path, network: nn.Module, suffix: str = ".pth", nest: str = "params") -> Path:
    tensors = {name: value.clone() for name, value in seeded(network).state_dict().items()}
    path = folder / f"net{suffix}"
    if suffix == ".safetensors":
        save_file(tensors, path)
    else:
        torch.save({nest: tensors} if nest else tensors, path)
    return path


def opened(of: AnyTask, path: Path, settings: Settings = CPU, **stated: object) -> Runner:
    options = Options()
    for name, value in stated.items():
        setattr(options, name, value)
    step = Step(of, options, frozenset(stated), (str(path),))
    step.check_weights()
    return open_steps([step], settings)


def noise(height: int, width: int, channels: int = 3) -> np.ndarray:
    """A smooth picture with some noise."""
    rows, columns = np.mgrid[:height, :width]
    base = 128 + 60 * np.sin(rows / 7)[..., None] * np.cos(columns / 9)[..., None]
    grain = np.random.default_rng(0).normal(0, 12, (height, width, channels))
    return (base + grain).clip(0, 255).astype(np.uint8)


def direct(path: Path, pixels: np.ndarray) -> np.ndarray:
    """Call spandrel, as its documentation says."""
    model = spandrel.ModelLoader().load_from_file(path).float().eval()
    with torch.inference_mode():
        image = torch.from_numpy(pixels).permute(2, 0, 1).unsqueeze(0).float() / 255
        return model(image)[0].permute(1, 2, 0).numpy()


def psnr(first: np.ndarray, second: np.ndarray) -> float:
    error = np.square(first.astype(np.float64) - second).mean()
    return float(10 * np.log10(1 / max(error, 1e-20)))


@pytest.mark.parametrize(
    ("of", "network"),
    [(LARGER, compact()), (LARGER, compact(2)), (LARGER, rrdb()), (LARGER, swinir()), (CLEANER, dncnn())],
    ids=["compact x4", "compact x2", "esrgan x4", "swinir x2", "dncnn"],
)
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_the_result_is_spandrels(tmp_path: Path, of: AnyTask, network: nn.Module, suffix: str) -> None:
    path = stored(tmp_path, network, suffix)
    pixels = noise(37, 45)
    made = opened(of, path)(pixels.astype(np.float32) / 255)
    assert psnr(made, direct(path, pixels)) >= 60


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("of", [LARGER, CLEANER], ids=["larger", "cleaner"])
def test_plain_networks_give_the_same_in_tiles(tmp_path: Path, of: AnyTask, channels: int) -> None:
    path = stored(tmp_path, compact(3, channels) if of is LARGER else dncnn(channels))
    pixels = noise(70, 90, channels).astype(np.float32) / 255
    whole = opened(of, path, replace(CPU, tile=0))
    tiled = opened(of, path, replace(CPU, tile=24))
    geometry = whole.engines[0].enhancer.geometry
    assert (geometry.exact, geometry.tileable) == (True, True)
    assert whole.engines[0].enhancer.channels == channels
    assert np.allclose(whole(pixels), tiled(pixels), atol=1e-5)


def test_the_stated_halo_is_no_smaller_than_the_reach(tmp_path: Path) -> None:
    """What lies beyond the halo changes nothing; what lies at its half does."""
    runner = opened(LARGER, stored(tmp_path, compact(2)), replace(CPU, tile=0))
    halo = runner.engines[0].enhancer.geometry.halo
    pixels = np.full((5, 4 * halo, 3), 0.5, np.float32)
    changed = pixels.copy()
    changed[:, 0] = 0.6
    difference = np.abs(runner(pixels) - runner(changed)).max(axis=(0, 2))
    assert difference[2 * (halo + 1) :].max() < 1e-6
    assert difference[: halo // 2].max() > 0


def test_an_unknown_reach_is_said(tmp_path: Path) -> None:
    runner = opened(LARGER, stored(tmp_path, swinir()), replace(CPU, tile=64))
    geometry = runner.engines[0].enhancer.geometry
    assert (geometry.exact, geometry.tileable, geometry.halo) == (False, True, GENEROUS_HALO)
    report = runner.engines[0].enhance(_picture(noise(80, 80))).report
    assert "SwinIR sees farther than is known" in report.notes[0]


def test_one_that_sees_the_whole_picture_takes_no_tiles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = stored(tmp_path, retinexformer())
    runner = opened(CLEANER, path)
    assert runner(noise(24, 32)).shape == (24, 32, 3)
    with pytest.raises(UsageError, match="RetinexFormer looks at the whole picture"):
        opened(CLEANER, path, replace(CPU, tile=64))
    monkeypatch.setattr("gantool.inference.memory.free_memory", lambda device: 10**6)
    with pytest.raises(ImageError, match=r"in one piece would take .* this network takes no tiles"):
        runner(noise(64, 64))


def test_what_a_tile_takes_is_measured_where_layers_grow(tmp_path: Path) -> None:
    assert opened(LARGER, stored(tmp_path, rrdb())).engines[0].enhancer.geometry.features == 8 * 16


def test_depth_alpha_and_grey_go_through(tmp_path: Path) -> None:
    runner = opened(LARGER, stored(tmp_path, compact(2)))
    deep = noise(20, 22).astype(np.uint16) * 257
    assert (runner(deep).dtype, runner(deep).shape) == (np.uint16, (40, 44, 3))
    assert runner(np.dstack([noise(20, 22), noise(20, 22, 1)])).shape == (40, 44, 4)
    assert runner(noise(20, 22, 1)[..., 0]).shape == (40, 44)


@pytest.mark.parametrize("nest", ["", "params", "params_ema", "state_dict", "model"])
def test_checkpoints_of_all_wrappings(tmp_path: Path, nest: str) -> None:
    assert opened(LARGER, stored(tmp_path, compact(2), nest=nest)).scale == 2


def test_the_scale_is_the_networks(tmp_path: Path) -> None:
    path = stored(tmp_path, compact(2))
    runner = opened(LARGER, path)  # the options' own default is 4
    assert runner(noise(8, 8)).shape == (16, 16, 3)
    assert opened(LARGER, path, scale=2).scale == 2
    with pytest.raises(UsageError, match=r"--scale 4 is asked, and .*net\.pth enlarges x2"):
        opened(LARGER, path, scale=4)


def test_options_of_the_own_weights_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--kind is for the task's own weights"):
        opened(LARGER, stored(tmp_path, compact(2)), kind="fine")


def test_the_checksum_is_the_files(tmp_path: Path) -> None:
    path = stored(tmp_path, dncnn())
    (weight,) = opened(CLEANER, path).links[0].weights
    assert weight.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert weight.card.architecture == "spandrel DnCNN"


@pytest.mark.parametrize(
    ("network", "of", "words"),
    [(dncnn(), LARGER, "makes pictures cleaner"), (compact(), CLEANER, "makes pictures larger")],
)
def test_a_network_for_something_else(tmp_path: Path, network: nn.Module, of: AnyTask, words: str) -> None:
    with pytest.raises(WeightError, match=words):
        opened(of, stored(tmp_path, network))


class Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("executed",)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"a": torch.zeros(3)}, "of no architecture that spandrel"),
        ({"params": {"x": Evil()}}, "restricted loader"),
        ({"params": {"x": 3}}, "not a tensor"),
        (b"no pickle", "restricted loader"),
    ],
)
def test_bad_files_are_a_line_and_nothing_is_executed(
    tmp_path: Path, content: object, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.pth"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif "x" in content.get("params", {}):  # type: ignore[attr-defined]
        torch.save(content, path, pickle_module=pickle)
    else:
        torch.save(content, path)
    with pytest.raises(WeightError, match=words) as caught:
        opened(LARGER, path)
    assert "\n" not in str(caught.value)
    assert "executed" not in capsys.readouterr().out


@pytest.mark.parametrize("damage", ["shape", "nan"])
def test_damaged_networks_are_a_line(tmp_path: Path, damage: str) -> None:
    tensors = dict(compact(2).state_dict())
    tensors["body.2.weight"] = torch.full((3, 3) if damage == "shape" else (16, 16, 3, 3), float("nan"))
    if damage == "shape":
        tensors["body.2.weight"] = torch.zeros(3, 3)
    torch.save(tensors, tmp_path / "bad.pth")
    with pytest.raises(WeightError, match=r"bad\.pth"):
        opened(LARGER, tmp_path / "bad.pth")


def test_without_the_extra_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = stored(tmp_path, compact(2))
    monkeypatch.setattr(steps.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(WeightError, match=r'pip install "gantool\[community\]"'):
        opened(LARGER, path)
    with pytest.raises(WeightError, match="there is no weight file"):
        opened(LARGER, tmp_path / "none.pth")


def test_a_task_that_takes_none_says_what_it_said(tmp_path: Path) -> None:
    path = stored(tmp_path, compact(2))
    assert LARGER.enhance is not None
    own = replace(LARGER, enhance=replace(LARGER.enhance, foreign=None))
    with pytest.raises(WeightError, match="import it first"):
        opened(own, path)


def test_a_precision_that_a_network_does_not_bear(tmp_path: Path) -> None:
    half, auto = replace(CPU, precision=Precision.FP16), replace(CPU, precision=Precision.AUTO)
    assert opened(LARGER, stored(tmp_path, compact()), auto).engines[0].precision is Precision.FP32
    assert opened(CLEANER, stored(tmp_path, dncnn()), half).engines[0].precision is Precision.FP32
    assert opened(LARGER, stored(tmp_path, compact()), half).engines[0].precision is Precision.FP16


def test_mixed_number_formats_climb_the_ladder(tmp_path: Path) -> None:
    path = stored(tmp_path, compact(2))
    runner = opened(LARGER, path, replace(CPU, precision=Precision.BF16))
    enhancer = runner.engines[0].enhancer
    assert isinstance(enhancer, community.CommunityEnhancer)
    usual = enhancer._model

    def strict(image: Tensor) -> Tensor:
        if next(usual.model.parameters()).dtype is not image.dtype:
            raise RuntimeError("mixed dtype (CPU): all the inputs must have same datatype.")
        return usual(image)

    enhancer._model = strict
    report = runner.engines[0].enhance(_picture(noise(16, 16))).report
    assert [retry.used for retry in report.retries] == [Precision.FP32]


def test_holes_are_filled_and_the_rest_stays() -> None:
    class Filler(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Conv2d(4, 3, 1)
            nn.init.zeros_(self.layer.weight)
            nn.init.constant_(self.layer.bias, 0.25)

        def forward(self, image: Tensor, mask: Tensor) -> Tensor:
            return self.layer(torch.cat((image, mask), 1))

    network = Filler()
    architecture = spandrel.MAIN_REGISTRY.architectures()[0].architecture
    model = spandrel.MaskedImageModelDescriptor(
        network, network.state_dict(), architecture, "Inpainting", [], False, True, 3, 3
    )  # fmt: skip
    assert community._purpose(model) is Purpose.FILL
    engine = Engine(community.CommunityEnhancer(model, "holes"), CPU)
    pixels, mask = noise(16, 16), np.zeros((16, 16, 1), np.uint8)
    mask[4:8, 4:8] = 255
    made = engine.enhance(_picture(pixels), {"holes": _picture(mask)}).pixels
    assert (made[4:8, 4:8] == 64).all()
    outside = mask[..., 0] == 0
    assert np.array_equal(made[outside], pixels[outside])


@pytest.mark.parametrize(("name", "flags"), [("superres", ()), ("denoise", ())])
def test_the_projects_own_tasks_take_them(
    tmp_path: Path, name: str, flags: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    from gantool.cli import main

    assert name in plugins.names()
    path = stored(tmp_path, compact(2) if name == "superres" else dncnn())
    Image.fromarray(noise(20, 24)).save(tmp_path / "a.png", dpi=(300, 300))
    with pytest.raises(SystemExit) as ended:
        main(["enhance", name, str(tmp_path / "a.png"), "--weights", str(path), "--json", *flags])
    answer = capsys.readouterr()
    assert ended.value.code == 0, answer.err
    record = json.loads(answer.out)
    assert record["weights"] == [hashlib.sha256(path.read_bytes()).hexdigest()]
    with Image.open(record["target"]) as picture:
        assert picture.size == ((48, 40) if name == "superres" else (24, 20))
        assert round(picture.info["dpi"][0]) == 300


def _picture(pixels: np.ndarray) -> object:
    from gantool.images import ArrayPicture

    return ArrayPicture(pixels)
