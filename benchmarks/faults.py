"""kill -9 at random moments of a batch and of a training run: what is lost, damaged or made twice.

    python benchmarks/faults.py --kills 50 --seed 9

Each is killed so often and taken up again, then let to its end, and compared with one that nobody killed
(POSIX alone). Every moment of a run may be met, its first checkpoint and its export included.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from machine import stamp
from PIL import Image
from tables import markdown

import gantool.inference.runner
import gantool.train.session  # noqa: F401 - imported before the forks, once for all of them
from gantool.weights.files import SUFFIX, load
from tests.reliability.killing import Toll, ended, kill_batch, kill_run

PICTURES = 2000
STEPS = 2000
LONGEST = 1.2
"""Seconds of processor time after which a training run is killed at the latest."""
TRAIN = ("--preset", "dcgan", "--side", "32", "--width", "8", "--batch", "4", "--amp", "fp32")
OFTEN = ("--save-every", "5", "--log-every", "5", "--val-every", "50", "--device", "cpu")
HEALTHY = ("--patience", "9999")
"""Of twelve pictures any generator may collapse, and repairs are not what this is about."""


def pictures(folder: Path, count: int, side: int) -> None:
    folder.mkdir()
    rng = np.random.default_rng(1)
    for index in range(count):
        smooth = Image.fromarray(rng.integers(0, 256, (6, 6, 3), dtype=np.uint8)).resize((side, side))
        smooth.save(folder / f"{index:05d}.png")


def batch(kills: int, seed: int) -> tuple[Toll, str]:
    pictures(Path("in"), PICTURES, 24)
    command = ["enhance", "superres", "in", "-o", "out", "--scale", "2", "--kind", "fidelity"]
    command += ["--device", "cpu", "--manifest", "done.jsonl"]
    toll = kill_batch(command, (Path("in"), Path("out")), kills, seed, 1.2)
    whole = [*command[:4], "whole", *command[5:-2]]
    assert ended(whole) == 0
    same = sum(path.read_bytes() == Path("whole", path.name).read_bytes() for path in Path("out").iterdir())
    return toll, f"{same} of {PICTURES} results byte-identical"


def training(kills: int, seed: int) -> tuple[Toll, str]:
    pictures(Path("photos"), 12, 32)
    command = ["train", "generate", "--data", "photos", "--steps", str(STEPS), *TRAIN, *OFTEN]
    command += [*HEALTHY, "--run-dir"]
    toll = kill_run([*command, "killed"], Path("killed"), kills, seed, LONGEST)
    assert ended([*command, "whole"]) == 0
    first, second = (exported(Path(name)) for name in ("killed", "whole"))
    same = sum(torch.equal(first[name], second[name]) for name in second)
    rows = [Path(name, "train.csv").read_text().count("\n") - 1 for name in ("killed", "whole")]
    return toll, f"{same} of {len(second)} tensors bit-identical, {rows[0]} of {rows[1]} log rows"


def exported(run: Path) -> dict[str, torch.Tensor]:
    (path,) = run.glob(f"generate-*{SUFFIX}")
    return dict(load(path, task="generate").tensors)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=9)
    parser.add_argument("--only", choices=("batch", "training"))
    given = parser.parse_args()
    torch.set_num_threads(1)
    rows, troubles = [], []
    for name, work in (("batch", batch), ("training", training)):
        if given.only in (None, name):
            with tempfile.TemporaryDirectory(prefix="gantool-faults-") as folder:
                os.chdir(folder)
                toll, compared = work(given.kills, given.seed)
                os.chdir("/")
            rows.append([name, str(toll.kills), str(toll.before), str(len(toll.troubles)), compared])
            troubles += [f"{name}: {line}" for line in toll.troubles]
    print(stamp(f"benchmarks/faults.py --kills {given.kills} --seed {given.seed}"))
    print(markdown(["killed", "times", "of these before anything new", "troubles", "at the end"], rows))
    print(*troubles, sep="\n")
    sys.exit(1 if troubles else 0)


if __name__ == "__main__":
    main()
