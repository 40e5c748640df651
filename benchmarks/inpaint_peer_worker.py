"""Runs one inpainting peer over a folder; started by `inpaint.py` with the interpreter that has it installed.

    python inpaint_peer_worker.py SCRIPTS PEER INPUTS OUTPUTS

SCRIPTS holds run_inpaint.py, whose peers are `(pixels, mask) -> pixels`; INPUTS has NAME.png and
NAME_mask.png.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image


def main() -> None:
    scripts, peer, inputs, outputs = sys.argv[1:]
    sys.path.insert(0, scripts)
    import run_inpaint

    fill = run_inpaint.PEERS[peer]()
    for path in sorted(Path(inputs).glob("*.png")):
        if path.stem.endswith("_mask"):
            continue
        holed = np.asarray(Image.open(path).convert("RGB"))
        mask = np.asarray(Image.open(path.with_name(f"{path.stem}_mask.png")))
        target = Path(outputs, path.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.ascontiguousarray(fill(holed, mask))).save(target)


if __name__ == "__main__":
    main()
