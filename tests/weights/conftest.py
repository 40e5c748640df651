"""A store of its own for every test, and small weight files to put into it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from gantool import plugins
from gantool.weights import files, folders
from gantool.weights.card import Card

CARD = Card(
    id="colorize-soft",
    task="colorize",
    architecture="toy",
    config={"width": 8, "slope": 0.1, "act": "relu", "bias": True},
    licence="CC0-1.0",
    summary="Soft colours.",
)


@pytest.fixture
def tensors() -> dict[str, torch.Tensor]:
    """Values that half precision holds exactly, and an integer buffer."""
    return {
        "body.weight": torch.arange(-12, 12, dtype=torch.float32).reshape(2, 3, 2, 2) / 4,
        "body.bias": torch.tensor([0.5, -0.25]),
        "steps": torch.tensor([1, 2, 70_000]),
    }


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store that consists of folders of the test alone: user/weights, shipped."""
    monkeypatch.setattr(folders, "user_folder", lambda: tmp_path / "user" / "weights")
    monkeypatch.setattr("gantool.weights.exchange.user_folder", lambda: tmp_path / "user" / "weights")
    monkeypatch.setattr(folders, "_shipped", lambda: iter([tmp_path / "shipped"]))
    monkeypatch.setattr(plugins, "survey", lambda: ())
    monkeypatch.delenv(folders.ENVIRONMENT, raising=False)
    for name in ("user/weights", "shipped", "elsewhere"):
        (tmp_path / name).mkdir(parents=True)
    return tmp_path


def put(folder: Path, card: Card = CARD, name: str = "") -> Path:
    """Write a small weight file, called after its id unless `name` says otherwise."""
    path = folder / f"{name or card.id}.safetensors"
    files.save(path, {"weight": torch.ones(2, 2)}, card)
    return path
