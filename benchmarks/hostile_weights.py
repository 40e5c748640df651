"""Damaged and hostile weight files through `gantool weights import`: refused with a reason, nothing executed.

    python benchmarks/hostile_weights.py --count 1000 --seed 9

The seed and a number bring a file back: `tests.reliability.weight_mutants.weight_mutant(9, 123)`.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
from collections import Counter
from pathlib import Path

from machine import stamp
from tables import markdown

from tests.reliability.weight_mutants import Canary, Verdict, try_import, weight_mutant


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=9)
    given = parser.parse_args()
    counts: Counter[tuple[str, str]] = Counter()
    troubles = []
    with tempfile.TemporaryDirectory(prefix="gantool-weights-") as name:
        home = Path(name)
        os.environ["XDG_DATA_HOME"] = str(home / "data")
        canary = Canary(home / "executed")
        for number in range(given.count):
            one = weight_mutant(given.seed, number, canary)
            verdict = try_import(one, home)
            counts[one.kind, verdict.name.lower()] += 1
            if verdict is Verdict.TROUBLE or canary.path.exists():
                troubles.append(f"{number} ({one.how})")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(stamp(f"benchmarks/hostile_weights.py --count {given.count} --seed {given.seed}"))
    kinds = sorted({kind for kind, _ in counts})
    columns = ("refused", "imported", "trouble")
    rows = [[kind, *(str(counts[kind, column]) for column in columns)] for kind in kinds]
    print(
        markdown(
            ["files", "refused in a line", "sound all the same", "executed, written elsewhere, or raised"],
            rows,
        )
    )
    print(f"peak memory {peak:.0f} MiB; canary {'DEAD' if canary.path.exists() else 'alive'}")
    print(*troubles, sep="\n")
    sys.exit(1 if troubles else 0)


if __name__ == "__main__":
    main()
