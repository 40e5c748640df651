"""The Inception network that FID and KID are defined by: used where its weights lie, never fetched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gantool.errors import UsageError
from gantool.task import Features

WEIGHTS = "weights-inception-2015-12-05-6726825d.pth"
"""What torch-fidelity calls them; the conversion of the network of Heusel et al. 2017."""


def inception_features(file: Path | None, device: torch.device) -> tuple[Features | None, str]:
    """Return the 2048 pooled features, or None and why not.

    Raises:
        UsageError: a file is named that is not there or holds something else, or torch-fidelity is missing.
    """
    path = file or Path(torch.hub.get_dir()) / "checkpoints" / WEIGHTS
    if not path.is_file():
        if file is not None:
            raise UsageError(f"there is no file {file}", f"name torch-fidelity's {WEIGHTS}")
        return None, f"no FID and KID: {path} is not there (it is never fetched); --inception names another"
    try:
        from torchmetrics.image.fid import NoTrainInceptionV3

        network: Any = NoTrainInceptionV3("inception-v3-compat", ["2048"], str(path)).to(device).eval()
    except ModuleNotFoundError as failure:
        if file is not None:
            raise UsageError("torch-fidelity is missing", "pip install torch-fidelity") from failure
        return None, "no FID and KID: torch-fidelity is not installed"
    except (RuntimeError, KeyError, OSError) as failure:
        raise UsageError(
            f"{path} holds no Inception network", f"name torch-fidelity's {WEIGHTS}"
        ) from failure

    def of(images: Tensor) -> Tensor:
        levels = images.expand(-1, 3, -1, -1).mul(255).round().byte()
        found: Tensor = network(levels)
        return found

    return Features("Inception", of), ""
