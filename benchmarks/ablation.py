"""Short runs of equal time that differ in one thing each: what a design decision is worth.

    python benchmarks/ablation.py superres|denoise --data photos/ --time 90s --runs DIR [--only NAME ...]
    python benchmarks/ablation.py superres --list

Each variant (`ablation_variants.py`) is trained by the one trainer in a process of its own, from random
weights, and measured on the trainer's held-out split of the pictures: figures of other budgets or sets do not
compare. Networks that no option offers are put into the recipe (`ablation_recipes.py`). Runs are kept
below `--runs`; those that are finished are not made again. The time of each is that of its steps, not of
validation, and the processor's, so that other work on the machine takes nothing from it. The last column is
the processor time of the exported network alone, the median of five.
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from ablation_recipes import altered, milliseconds
from ablation_variants import VARIANTS, Variant
from machine import stamp
from tables import markdown

from gantool import plugins
from gantool.errors import GantoolError
from gantool.task import Recipe
from gantool.train import loop
from gantool.train.describe import Wanted, describe
from gantool.train.session import train_session

RESULT = "ablation.json"
RARELY = 10**9
"""Steps between checkpoints: the last one is enough."""


@dataclass(frozen=True)
class Result:
    """Of one variant: validation PSNR in dB, steps, ms for an input megapixel; or why there is none."""

    made: str
    psnr: float = 0.0
    steps: int = 0
    milliseconds: float = 0.0
    problem: str = ""


class ProcessorTime:
    """In place of the module `time`, for the training loop: its budget is then processor time."""

    perf_counter = staticmethod(time.process_time)


def complete(variant: Variant, base: Variant) -> Variant:
    """Return the variant with what the base says and it does not."""
    return replace(
        variant,
        trainer={**base.trainer, **variant.trainer},
        task={**base.task, **variant.task},
        losses={**base.losses, **variant.losses},
    )


def train(name: str, variant: Variant, folder: Path, options: argparse.Namespace) -> Result:
    """Train one variant in this process and measure it."""
    recipes: list[Recipe] = []
    task = altered(plugins.load(name), variant, recipes)
    wanted = Wanted(
        data=options.data,
        device=options.device,
        losses=[f"{loss}={weight}" for loss, weight in variant.losses.items()],
        trainer={"max_time": options.time, "val_every": RARELY, "save_every": RARELY, **variant.trainer},
        task=variant.task,
    )
    folder.mkdir(parents=True)
    done = train_session(task, describe(task, wanted), folder, resumed=False)
    assert done.weight is not None
    with (folder / "val.csv").open(encoding="utf-8") as file:
        last = list(csv.DictReader(file))[-1]
    figure = next(float(last[column]) for column in ("psnr_y", "psnr") if column in last)
    speed = milliseconds(recipes[-1], name, torch.device(options.device))
    return Result(key_of(variant, options), figure, int(last["step"]), speed)


def key_of(variant: Variant, options: argparse.Namespace) -> str:
    """Return what a result depends on, to tell whether a stored one is of this variant and budget."""
    return json.dumps([asdict(variant), options.time, str(options.data.resolve())], sort_keys=True)


def stored(folder: Path, variant: Variant, options: argparse.Namespace) -> Result | None:
    """Return the result of a finished run of the same variant, time and pictures."""
    try:
        found = Result(**json.loads((folder / RESULT).read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return found if found.made == key_of(variant, options) else None


def folder_of(variant: Variant, options: argparse.Namespace) -> Path:
    """Return where a variant's run lies."""
    name: str = variant.name.replace(" ", "-").replace(",", "")
    folder: Path = options.runs / options.task / name
    return folder


def result_of(name: str, variant: Variant, options: argparse.Namespace) -> Result:
    """Return a variant's result, stored or made now in a process of its own."""
    folder = folder_of(variant, options)
    found = stored(folder, variant, options)
    if found is not None:
        return found
    if folder.exists():  # A run that was stopped, or of another budget; all below --runs is ours.
        shutil.rmtree(folder)
    command = [sys.executable, __file__, name, "--data", str(options.data), "--time", options.time]
    command += ["--runs", str(options.runs), "--threads", str(options.threads), "--device", options.device]
    done = subprocess.run([*command, "--one", variant.name], capture_output=True, text=True)
    found = stored(folder, variant, options)
    if found is not None:
        return found
    last = (done.stderr.strip() or f"exit code {done.returncode}").splitlines()[-1]
    return Result("", problem=last)


def table(results: Sequence[tuple[Variant, Result]], task: str) -> str:
    """Return the rows, each beside its distance to the base."""
    base = next((found.psnr for variant, found in results if variant.name == "base"), 0.0)
    figure = "PSNR-Y" if task == "superres" else "PSNR"
    rows = []
    for variant, found in results:
        name = f"{variant.part}: {variant.name}" if variant.part else variant.name
        if found.problem:
            rows.append([name, "-", "-", "-", f"ended: {found.problem}"])
            continue
        apart = f"{found.psnr - base:+.2f}" if base and variant.name != "base" else ""
        speed = f"{found.milliseconds:,.0f}"
        rows.append([name, f"{found.psnr:.2f}", apart, f"{found.steps:,}", speed])
    return markdown([task, f"{figure}, dB", "to the base", "steps", "ms for a megapixel"], rows)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("task", choices=sorted(VARIANTS))
    parser.add_argument("--data", type=Path, help="training pictures; a split of them is held out")
    parser.add_argument("--time", default="90s", help="of each run, as --max-time")
    parser.add_argument("--runs", type=Path, help="folder for the runs, gone on with where it has some")
    parser.add_argument("--only", nargs="+", help="variants by name")
    parser.add_argument("--list", action="store_true", help="show the variants and end")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    known = [variant.name for variant in VARIANTS[options.task]]
    stray = set(options.only or ()) - set(known)
    if stray:
        parser.error(f"no variant is called {', '.join(sorted(stray))}; --list shows them")
    if not options.list and not (options.data and options.runs):
        parser.error("--data and --runs are needed")
    return options


def main() -> None:
    options = arguments()
    torch.set_num_threads(options.threads)
    base, *others = VARIANTS[options.task]
    variants = [base, *(complete(variant, base) for variant in others)]
    if options.list:
        print("\n".join(f"{variant.name}: {variant.part}" for variant in variants))
        return
    if options.one:
        (variant,) = (variant for variant in variants if variant.name == options.one)
        run_one(variant, options)
        return
    chosen = [one for one in variants if not options.only or one.name in options.only]
    print(stamp(f"benchmarks/ablation.py {options.task} --time {options.time}"))
    print(table(measured(chosen, options), options.task))


def measured(variants: Sequence[Variant], options: argparse.Namespace) -> list[tuple[Variant, Result]]:
    """Return the results, saying on standard error what is there."""
    results = []
    for variant in variants:
        found = result_of(options.task, variant, options)
        results.append((variant, found))
        said = found.problem or f"{found.psnr:.2f} dB, {found.steps} steps"
        print(f"{variant.name}: {said}", file=sys.stderr, flush=True)
    return results


def run_one(variant: Variant, options: argparse.Namespace) -> None:
    """Train one variant here, and leave its result in the run's folder; a refusal is one, too."""
    folder = folder_of(variant, options)
    setattr(loop, "time", ProcessorTime)  # noqa: B010
    try:
        result = train(options.task, variant, folder, options)
    except GantoolError as failure:
        result = Result(key_of(variant, options), problem=str(failure))
    (folder / RESULT).write_text(json.dumps(asdict(result)))


if __name__ == "__main__":
    main()
