"""Pictures, paintings and weights for the tests of using style transfer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from gantool.images import ArrayPicture
from gantool.task import LoadedWeight
from gantool.weights import files
from gantool.weights.card import Card
from gantool_style_transfer.networks import ARCHITECTURE, Generator, StyleConfig

ONE = StyleConfig(width=8, half=8, blocks=1)
ANY_STYLE = StyleConfig(width=8, half=8, blocks=1, code=6)


def pixels(width: int, height: int, seed: int = 0) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Return (height, width, 3): soft colours with fine grain."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(40, 216, (5, 5, 3), dtype=np.uint8))
    soft = np.array(coarse.resize((width, height), Image.Resampling.BICUBIC), np.float32)
    return (soft + rng.normal(0, 12, soft.shape)).clip(0, 255).astype(np.uint8)


def photo(width: int = 150, height: int = 110) -> ArrayPicture:
    """Return a photograph, as it were."""
    return ArrayPicture(pixels(width, height))


def save_painting(path: Path, width: int = 96, height: int = 80, seed: int = 7) -> Path:
    """Save a picture and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels(width, height, seed)).save(path)
    return path


def make_weight(
    config: StyleConfig = ONE, seed: int = 0, architecture: str = ARCHITECTURE, name: str = "w"
) -> LoadedWeight:
    """Return random weights, as if read from a file."""
    torch.manual_seed(seed)
    tensors = Generator(config).state_dict()
    card = Card(name, "style-transfer", architecture, config.as_card(), "CC0-1.0")
    return LoadedWeight(name, card, tensors, "", Path(f"{name}.safetensors"))


def save_weight(folder: Path, name: str, config: StyleConfig = ONE) -> Path:
    """Write random weights as a store keeps them, and return their path."""
    folder.mkdir(parents=True, exist_ok=True)
    weight = make_weight(config, name=name)
    path = folder / f"{name}{files.SUFFIX}"
    files.save(path, weight.tensors, weight.card)
    return path
