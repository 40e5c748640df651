"""A made-up run folder, written as the trainer writes it but without training."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

DESCRIPTION: dict[str, Any] = {
    "task_name": "blur",
    "data": "/photos",
    "val": "",
    "device": "cpu",
    "init": "",
    "card_data": "",
    "card_licence": "",
    "trainer": {"steps": 400, "max_time": "", "batch": 4, "lr": 1e-3, "log_every": 10},
    "task": {"kind": "soft", "radius": 2},
    "losses": {"pixel": 1.0},
    "game": {"game": "hinge", "r1": 0.5},
    "versions": {"gantool": "0.1.0"},
    "fingerprint": "abc",
}


def csv_text(names: Sequence[str], rows: Sequence[Sequence[float]]) -> str:
    return "".join(",".join(map(str, row)) + "\n" for row in [names, *rows])


def make_run(folder: Path, **changed: Any) -> Path:
    """Write a run of 100 steps: figures, two validations, a checkpoint and two sample grids."""
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps({**DESCRIPTION, **changed}))
    rows = [(step, 1 / step, 0.6, 0.7, 1e-3, 5.0, 0.001) for step in range(10, 101, 10)]
    names = ("step", "pixel", "d_real", "d_fake", "lr", "steps_per_s", "waiting")
    (folder / "train.csv").write_text(csv_text(names, rows))
    (folder / "val.csv").write_text(csv_text(("step", "psnr", "fid"), [(50, 27.5, 30.0), (100, 28.25, 25.0)]))
    write_checkpoint(folder, {"step": 100, "elapsed": 20.0, "best": 28.25})
    for step in (50, 100):
        write_sample(folder, step)
    return folder


def write_sample(folder: Path, step: int, size: tuple[int, int] = (24, 16)) -> Path:
    path = folder / "samples" / f"step-{step:08d}.png"
    path.parent.mkdir(exist_ok=True)
    Image.new("RGB", size, (step % 256, 90, 30)).save(path)
    return path


def write_checkpoint(folder: Path, position: Mapping[str, float | None]) -> Path:
    """Write a checkpoint's header as the trainer does (gantool/train/tree.py), without tensors."""
    pairs = [["position", {"$items": [list(pair) for pair in position.items()]}], ["players", {"$items": []}]]
    header = json.dumps({"__metadata__": {"tree": json.dumps({"$items": pairs})}}).encode()
    path = folder / "checkpoints" / f"step-{position['step']:08d}.safetensors"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(struct.pack("<Q", len(header)) + header)
    return path
