"""Speed of the training step: `python benchmarks/train.py --data photos/`.

Prints Markdown: for each recipe steps and samples a second, GFLOP/s (forward and backward), the machine's
bf16 matrix rate measured in turn with it, their ratio (model FLOP utilisation), how near the step comes to
its layers' roofline (roofline.py), the share of time that it waited for data, and peak memory; `--compile`
adds rows with torch.compile, `--gan` those with a GAN, `--recipes` takes some rows alone. Then the
superres fidelity net in a plain loop as BasicSR writes it (train_plain.py), in turn with ours.
`--growth FILE.svg` plots seconds against steps and pictures.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from machine import matrix_rate, stamp
from plot import Line, svg
from roofline import Layer, bandwidth, bound, layers_of
from tables import markdown
from train_plain import PlainLoop

from gantool import plugins
from gantool.errors import PluginError
from gantool.task import Recipe, TrainInputs
from gantool.train.config import resolve
from gantool.train.contest import Contest, Moment
from gantool.train.criteria import Criteria
from gantool.train.feed import Feed
from gantool.train.game import GameSettings
from gantool.train.players import Players, make_players
from gantool.train.processes import Ranks
from gantool.train.settings import Settings
from gantool.train.step import Rules, train_step
from gantool.train.terms import Term

STEPS = 8
"""Of a row, between two looks at the clock."""
TURN = 32
"""Of our loop and the plain one in turn: many beside the batches that either draws ahead meanwhile."""
ONE = Ranks(0, 1, 0)
HEADS = (
    *("recipe", "batch", "steps/s", "samples/s", "GFLOP/s", "matrix rate", "share", "of the roofline"),
    *("waiting", "peak MB"),
)


@dataclass(frozen=True)
class Case:
    """A recipe to time: the task, its options, and the batch."""

    task: str
    kind: str
    batch: int
    gan: bool = False

    @property
    def name(self) -> str:
        """Return what the table calls it."""
        return f"{self.task} {self.kind}"


CASES = (
    Case("superres", "fidelity", 16),
    Case("superres", "robust", 16),
    Case("superres", "photo", 6, gan=True),
    Case("denoise", "gaussian", 8),
    Case("denoise", "photo", 4, gan=True),
)


class Timed:
    """A recipe with all that a step needs."""

    def __init__(self, case: Case, arguments: argparse.Namespace, compiled: bool = False) -> None:
        capability = plugins.load(case.task).train
        assert capability is not None
        self.device = torch.device(arguments.device)
        options = resolve(capability.options, [{"kind": case.kind}])
        layers = [capability.settings(options), {"steps": 10_000, "batch": case.batch, "compile": compiled}]
        settings = resolve(Settings, layers)
        inputs = TrainInputs(arguments.data, None, self.device, 0, 8 << 30, arguments.backbone)
        self.recipe: Recipe = capability.build(options, inputs)
        terms = {name: Term(weight) for name, weight in capability.losses(options).items()}
        criteria = Criteria(terms, capability.own_losses, self.device, arguments.backbone)
        contest = Contest(resolve(GameSettings, [capability.game(options)]))
        self.rules = Rules(settings, criteria, contest)
        self.players: Players = make_players(self.recipe, settings, self.device, ONE)
        self.feed = Feed(self.recipe, settings, ONE)
        self.count = 0

    def step(self) -> None:
        """Train one step in the middle of the schedule."""
        batches = self.feed.take(self.count)
        train_step(self.recipe, self.players, self.rules, batches, Moment(self.count, 0.5))
        self.count += 1

    def seconds(self, steps: int) -> float:
        """Return the seconds that `steps` steps take."""
        return timed(self.step, steps, self.device)


def timed(step: Callable[[], object], steps: int, device: torch.device) -> float:
    started = time.perf_counter()
    for _ in range(steps):
        step()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", choices=("rows", "plain"), help="one of the two tables")
    parser.add_argument("--gan", action="store_true", help="also the recipes with a GAN")
    parser.add_argument("--backbone", type=Path, help="their VGG16, if not the stored one")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--batches", type=int, nargs="+", help="sizes to try for each recipe, on a GPU")
    parser.add_argument(
        "--recipes",
        nargs="+",
        choices=[case.name for case in CASES],
        help="these rows alone, such as 'denoise photo'",
    )
    parser.add_argument(
        "--rounds", type=int, default=3, help="times that each row is measured; the best counts"
    )
    parser.add_argument("--steps", type=int, default=STEPS, help="steps of a round")
    parser.add_argument("--compile", action="store_true", help="also with torch.compile")
    parser.add_argument("--growth", type=Path, help="plot of cost against steps and pictures (SVG)")
    arguments = parser.parse_args()
    print(stamp("benchmarks/train.py"))
    if arguments.only != "plain":
        print(markdown(HEADS, rows(arguments)))
    if arguments.only != "rows" and not arguments.recipes:
        print(plain(arguments))
    if arguments.growth:
        print(growth(arguments))


def rows(arguments: argparse.Namespace) -> list[Sequence[str]]:
    made = []
    wanted = arguments.recipes or [case.name for case in CASES if arguments.gan or not case.gan]
    cases = [case for case in CASES if case.name in wanted]
    if arguments.batches:
        cases = [replace(case, batch=batch) for case in cases for batch in arguments.batches]
    for case in cases:
        for compiled in (False, True) if arguments.compile else (False,):
            try:
                made.append(row(case, arguments, compiled))
            except PluginError as problem:
                print(f"{case.name} left out: {problem}\n")
    return made


def row(case: Case, arguments: argparse.Namespace, compiled: bool) -> Sequence[str]:
    run = Timed(case, arguments, compiled)
    layers = layers_of_step(Timed(case, arguments))
    run.step()
    rate, speed, waited, spent = 0.0, 0.0, 0.0, 0.0
    for _ in range(arguments.rounds):
        rate = max(rate, matrix_rate(run.device))
        before = run.feed.waited
        seconds = run.seconds(arguments.steps)
        speed = max(speed, arguments.steps / seconds)
        waited, spent = waited + run.feed.waited - before, spent + seconds
    run.feed.close()
    reached = sum(layer.flops for layer in layers) * speed / 1e9
    least = bound(layers, rate, bandwidth(run.device))
    return (
        *(case.name + (", compiled" if compiled else ""), str(case.batch), f"{speed:.2f}"),
        *(f"{speed * case.batch:.0f}", f"{reached:.0f}", f"{rate:.0f}", f"{reached / rate:.2f}"),
        *(f"{least * speed:.2f}", f"{waited / spent:.1%}", f"{peak_memory(run.device):.0f}"),
    )


def layers_of_step(run: Timed) -> list[Layer]:
    """Return the layers of one step; compiled steps would hide theirs."""
    layers = layers_of(run.step)
    run.feed.close()
    return layers


def peak_memory(device: torch.device) -> float:
    """Return the most MB that were held: on a GPU by tensors, on a CPU by the process so far."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def plain(arguments: argparse.Namespace) -> str:
    """Return the table of our loop beside a plain one, measured in turn, of the same network and batch."""
    case = CASES[0]
    ours = Timed(case, arguments)
    with PlainLoop(arguments.data, case.batch, ours.device) as other:
        ours.step(), other.step()
        best = {"ours": 0.0, "plain loop": 0.0}
        for _ in range(arguments.rounds):
            best["ours"] = max(best["ours"], TURN * case.batch / ours.seconds(TURN))
            seconds = timed(other.step, TURN, ours.device)
            best["plain loop"] = max(best["plain loop"], TURN * case.batch / seconds)
    ours.feed.close()
    ratio = f"{best['ours'] / best['plain loop']:.2f}"
    cells = [(name, f"{speed:.1f}") for name, speed in best.items()]
    return markdown((f"{case.name}, batch {case.batch}", "samples/s"), [*cells, ("ratio", ratio)])


def growth(arguments: argparse.Namespace) -> str:
    """Plot how cost grows with steps, and with pictures in a step."""
    run = Timed(CASES[0], arguments)
    run.step()
    steps = [(count, run.seconds(count)) for count in (4, 8, 16, 32)]
    run.feed.close()
    pictures = []
    for batch in (4, 8, 16, 32):
        sized = Timed(Case("superres", "fidelity", batch), arguments)
        sized.step()
        pictures.append((batch, sized.seconds(STEPS)))
        sized.feed.close()
    lines = (Line("steps of 16 pictures", steps), Line(f"pictures in each of {STEPS} steps", pictures))
    arguments.growth.write_text(svg("Seconds against steps and pictures", "number", "seconds", lines))
    heads = ("", *(str(count) for count, _ in steps))
    return markdown(heads, [(line.name, *(f"{y:.2f} s" for _, y in line.points)) for line in lines])


if __name__ == "__main__":
    main()
