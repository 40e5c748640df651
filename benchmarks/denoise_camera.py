"""Simulated cameras on Kodak24: our weights, and BM3D that is told the true level.

BM3D runs in the peers' own Python: a folder of PNG pictures and a level for each go in, pictures come out.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from nets import as_pixels
from PIL import Image

from gantool.evaluation import as_tensor, whole
from gantool.metrics import psnr
from gantool.task import Case

_BM3D = """
import json, sys
from pathlib import Path
import numpy as np
from bm3d import bm3d_rgb
from PIL import Image
folder = Path(sys.argv[1])
for name, sigma in json.loads((folder / "levels.json").read_text()).items():
    noisy = np.asarray(Image.open(folder / name)) / 255.0
    made = np.clip(np.rint(bm3d_rgb(noisy, sigma / 255) * 255), 0, 255).astype(np.uint8)
    Image.fromarray(made).save(folder / ("made_" + name))
"""


def oracle_bm3d(cases: Iterable[Case], home: Path) -> Mapping[str, float]:
    """Return BM3D's PSNR for each case, told the root mean square of what was added to it."""
    kept = list(cases)
    with tempfile.TemporaryDirectory() as scratch:
        folder, levels = Path(scratch), {}
        for index, case in enumerate(kept):
            noisy, clean = (as_pixels(whole(picture)) for picture in (case.degraded, case.clean))
            name = f"{index}.png"
            Image.fromarray(noisy).save(folder / name)
            levels[name] = float(np.sqrt(np.mean((noisy.astype(float) - clean) ** 2)))
        (folder / "levels.json").write_text(json.dumps(levels))
        command = [str(home / "v" / "bin" / "python"), "-c", _BM3D, str(folder)]
        environment = {**os.environ, "PEERS_HOME": str(home)}
        subprocess.run(command, check=True, env=environment)
        return {
            case.name: psnr(_read(folder / f"made_{index}.png"), whole(case.clean))
            for index, case in enumerate(kept)
        }


def noisy_psnr(cases: Iterable[Case]) -> float:
    """Return the mean PSNR of what goes in."""
    return statistics.fmean(psnr(whole(case.degraded), whole(case.clean)) for case in cases)


def _read(path: Path):  # type: ignore[no-untyped-def]
    with Image.open(path) as image:
        return as_tensor(np.array(image))
