"""Pictures and weights for the tests of denoising."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from gantool.images import ArrayPicture
from gantool.task import LoadedWeight
from gantool.weights.card import Card
from gantool_denoise.enhance import Denoiser
from gantool_denoise.networks import ARCHITECTURE, DenoiseConfig

TINY = DenoiseConfig(8, 8, 16, 1, 1, 1, 1, 1)


def smooth(width: int, height: int, seed: int = 0) -> Image.Image:
    """Return a picture without noise, of soft colours."""
    coarse = Image.fromarray(np.random.default_rng(seed).integers(40, 216, (5, 5, 3), dtype=np.uint8))
    return coarse.resize((width, height), Image.Resampling.BICUBIC)


def save_photos(folder: Path, count: int, width: int = 96, height: int = 80) -> Path:
    """Save smooth pictures and return their folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(count):
        smooth(width, height, index).save(folder / f"{index}.png")
    return folder


def noise(width: int = 83, height: int = 61) -> ArrayPicture:
    """Return random pixels."""
    return ArrayPicture(np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8))


def make_weight(
    seed: int = 0, architecture: str = ARCHITECTURE, config: DenoiseConfig = TINY
) -> LoadedWeight:
    """Return random weights of some size, as if read from a file."""
    torch.manual_seed(seed)
    network = Denoiser(config)
    for parameter in network.generator.parameters():
        torch.nn.init.normal_(parameter, std=0.05)
    card = Card("w", "denoise", architecture, config.as_card(), "CC0-1.0")
    return LoadedWeight("w", card, network.state_dict(), "", Path("w.safetensors"))
