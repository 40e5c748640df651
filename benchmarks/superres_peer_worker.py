"""Runs one super-resolution peer over a folder; started with the interpreter that has it installed.

    python superres_peer_worker.py SCRIPTS PEER INPUTS OUTPUTS

SCRIPTS holds run_sr.py, whose peers map pixels to pixels; INPUTS has PNG pictures.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image


def main() -> None:
    scripts, peer, inputs, outputs = sys.argv[1:]
    sys.path.insert(0, scripts)
    import run_sr

    enlarge = run_sr.PEERS[peer]()
    Path(outputs).mkdir(parents=True)
    for path in sorted(Path(inputs).glob("*.png")):
        small = np.asarray(Image.open(path).convert("RGB"))
        Image.fromarray(np.ascontiguousarray(enlarge(small))).save(Path(outputs, path.name))


if __name__ == "__main__":
    main()
