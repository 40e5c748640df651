"""The Inception network that FID and KID are defined by: used where its weights lie, never fetched."""

from __future__ import annotations

import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gantool.errors import UsageError
from gantool.paths import is_file
from gantool.task import Features
from gantool.weights.exchange import read_pth

WEIGHTS = "weights-inception-2015-12-05-6726825d.pth"
"""What torch-fidelity calls them; the conversion of the network of Heusel et al. 2017."""


def inception_features(file: Path | None, device: torch.device) -> tuple[Features | None, str]:
    """Return the 2048 pooled features, or None and why not.

    Raises:
        UsageError: a file is named that is not there or holds something else, or torch-fidelity is missing.
        WeightError: the file would execute something.
    """
    path = file or Path(torch.hub.get_dir()) / "checkpoints" / WEIGHTS
    if not is_file(path):
        if file is not None:
            raise UsageError(f"there is no file {file}", f"name torch-fidelity's {WEIGHTS}")
        return None, f"no FID and KID: {path} is not there (it is never fetched); --inception names another"
    if find_spec("torch_fidelity") is None or find_spec("torchmetrics") is None:
        if file is not None:
            raise UsageError(
                "torch-fidelity or torchmetrics is missing", "pip install torchmetrics torch-fidelity"
            )
        return None, "no FID and KID: torch-fidelity is not installed"
    network = _load(path, device)

    def of(images: Tensor) -> Tensor:
        levels = images.expand(-1, 3, -1, -1).mul(255).round().byte()
        found: Tensor = network(levels)
        return found

    return Features("Inception", of), ""


def _load(path: Path, device: torch.device) -> Any:
    """Read the weights by the restricted loader: torch-fidelity's own would execute what a file asks for."""
    from torchmetrics.image.fid import NoTrainInceptionV3

    tensors = read_pth(path)
    with tempfile.TemporaryDirectory(prefix="gantool-") as folder:
        clean = Path(folder) / WEIGHTS
        torch.save(tensors, clean)
        try:
            return NoTrainInceptionV3("inception-v3-compat", ["2048"], str(clean)).to(device).eval()
        except (RuntimeError, KeyError, TypeError, AttributeError) as failure:
            raise UsageError(
                f"{path} holds no Inception network", f"name torch-fidelity's {WEIGHTS}"
            ) from failure
