"""Speed of the superres training step: `python benchmarks/train.py --data photos/`.

Prints a Markdown table: steps and samples a second, the network's GFLOP/s (forward and backward, counted by
torch), the machine's bf16 matrix rate measured in turn with it, their ratio, the share of time that
steps waited for data, and peak memory.
"""

from __future__ import annotations

import argparse
import resource
import time
from pathlib import Path

import torch
from machine import matrix_rate, stamp
from torch.utils.flop_counter import FlopCounterMode

from gantool.task import TrainInputs
from gantool.train.distributed import Ranks
from gantool.train.feed import Feed
from gantool.train.players import make_players
from gantool.train.settings import Settings
from gantool.train.step import train_step
from gantool_superres.options import Kind
from gantool_superres.recipe import SuperResRecipe
from gantool_superres.train_options import TrainSuperResOptions

ROUNDS, STEPS = 3, 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--vgg", type=Path, help="stored VGG16, for the photo row")
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    device = torch.device(arguments.device)
    print(stamp("benchmarks/train.py"))
    print("| recipe | batch | steps/s | samples/s | GFLOP/s | matrix rate | share | waiting | peak MB |")
    print("|---|---|---|---|---|---|---|---|---|")
    rows = [(Kind.fidelity, 16), (Kind.robust, 16)]
    if arguments.vgg:
        rows.append((Kind.photo, 6))
    for kind, batch in rows:
        print(row(kind, batch, arguments.data, arguments.vgg, device), flush=True)


def row(kind: Kind, batch: int, data: Path, vgg: Path | None, device: torch.device) -> str:
    settings = Settings(steps=10_000, batch=batch)
    options = TrainSuperResOptions(kind=kind, vgg=vgg)
    recipe = SuperResRecipe(options, TrainInputs(data, None, device, 0, 8 << 30))
    players = make_players(recipe, settings, device, Ranks(0, 1, 0))
    feed = Feed(recipe, settings, Ranks(0, 1, 0))
    with FlopCounterMode(display=False) as counter:
        train_step(recipe, players, settings, feed.take(0), 0.5)
    step, best_rate, best_speed, waited, spent = 1, 0.0, 0.0, 0.0, 0.0
    for _ in range(ROUNDS):
        best_rate = max(best_rate, matrix_rate(device))
        started, waited_before = time.perf_counter(), feed.waited
        for _ in range(STEPS):
            train_step(recipe, players, settings, feed.take(step), 0.5)
            step += 1
        if device.type == "cuda":
            torch.cuda.synchronize()
        seconds = time.perf_counter() - started
        best_speed = max(best_speed, STEPS / seconds)
        waited, spent = waited + feed.waited - waited_before, spent + seconds
    feed.close()
    flops = counter.get_total_flops() * best_speed / 1e9
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    speed = f"{best_speed:.2f} | {best_speed * batch:.0f} | {flops:.0f} | {best_rate:.0f}"
    return (
        f"| {kind.value} | {batch} | {speed} | {flops / best_rate:.2f} | {waited / spent:.1%} | {peak:.0f} |"
    )


if __name__ == "__main__":
    main()
