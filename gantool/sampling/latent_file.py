"""Latents in files: one latent, and which network it belongs to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from gantool.atomic import write_atomic
from gantool.errors import ImageError, UsageError

SUFFIX = ".safetensors"
_KEY = "gantool_latent"


@dataclass(frozen=True)
class Owner:
    """The network a latent means something to: its task, and the checksums of its weights."""

    task: str
    weights: tuple[str, ...]


def write_latent(path: Path, latent: Tensor, owner: Owner) -> None:
    """Write one latent (1, ...), atomically."""
    note = json.dumps({"task": owner.task, "weights": owner.weights})
    content = save({"latent": latent.detach().float().cpu().contiguous()}, metadata={_KEY: note})
    write_atomic(path, content, error=ImageError)


def read_latents(paths: Sequence[Path], owner: Owner) -> Tensor:
    """Return the latents of several files, (N, ...), on the CPU.

    Raises:
        UsageError: a file holds no latent, or one of another network.
    """
    import torch

    return torch.cat([_read(path, owner) for path in paths])


def _read(path: Path, owner: Owner) -> Tensor:
    try:
        with safe_open(path, framework="pt") as file:
            note = json.loads((file.metadata() or {})[_KEY])
            latent: Tensor = file.get_tensor("latent")
    except (SafetensorError, KeyError, ValueError, OSError) as problem:
        raise UsageError(f"{path} holds no latent", "name a file that --project wrote") from problem
    if Owner(note.get("task", ""), tuple(note.get("weights", ()))) != owner:
        raise UsageError(f"{path} is a latent of another network", "name the --weights it was found with")
    return latent
