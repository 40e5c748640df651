"""Networks of other projects for the tests: spandrel's, small, with seeded random weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from gantool.inference.precision import Precision
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


def as_picture(pixels: np.ndarray) -> object:
    from gantool.images import ArrayPicture

    return ArrayPicture(pixels)
