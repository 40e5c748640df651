"""Time every `--help` and print a Markdown table.

Each command line is run in a process of its own, once to warm up and seven times in turn with the others,
so that a slow moment of the machine falls on all of them. The aim is a median of 0.25 s at most.

    python benchmarks/help_time.py [--json]
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time

from machine import stamp

from gantool.cli.verbs import Verb, capabilities
from gantool.plugins import survey

RUNS = 7
AIM = 0.25

Arguments = tuple[str, ...]


def commands() -> list[Arguments]:
    """Return root, every command and group, and every verb with every task that has it."""
    plain: list[Arguments] = [(), ("weights",), ("weights", "list"), ("plugins",), ("doctor",)]
    verbs: list[Arguments] = [(verb.value,) for verb in Verb]
    tasks = [report.task for report in survey() if report.task is not None]
    named: list[Arguments] = [(verb.value, task.name) for task in tasks for verb in capabilities(task)]
    return plain + verbs + named


def seconds(arguments: Arguments) -> float:
    """Return the wall time of one `gantool ARGUMENTS --help`."""
    begin = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "gantool", *arguments, "--help"], check=True, stdout=subprocess.DEVNULL
    )
    return time.perf_counter() - begin


def main() -> None:
    times: dict[Arguments, list[float]] = {arguments: [] for arguments in commands()}
    for arguments in times:
        seconds(arguments)
    for _ in range(RUNS):
        for arguments, measured in times.items():
            measured.append(seconds(arguments))
    medians = {" ".join(["gantool", *key, "--help"]): statistics.median(runs) for key, runs in times.items()}
    if "--json" in sys.argv:
        print(json.dumps(medians, indent=2))
        return
    print(stamp("benchmarks/help_time.py"))
    print("| command | median of seven (s) | within 0.25 s |\n|---|---|---|")
    for line, median in medians.items():
        print(f"| `{line}` | {median:.3f} | {'yes' if median <= AIM else 'no'} |")


if __name__ == "__main__":
    main()
