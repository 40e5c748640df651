"""Mode collapse on the ring of eight Gaussians: `python benchmarks/ring.py --picture ring.png`.

Every adversarial loss plays it at even learning rates, and at hasty ones: a generator five times as fast as
its discriminator. Prints, for each, the modes covered of eight seed by seed, the mean share of samples within
three sigma of a mode, and how often runs were rolled back; a star marks a run that ended with its error,
because no repair was left.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import torch
from machine import stamp
from PIL import Image, ImageDraw
from ring_game import RADIUS, Score, centres, make_trainer, sample, score_of
from tables import markdown
from torch import Tensor

from gantool.errors import TrainError
from gantool.train.game import Game, GameSettings

GAMES: Mapping[str, tuple[GameSettings, GameSettings]] = {
    **{
        game.value: (GameSettings(game=game), GameSettings(game=game, r1=0.1, lazy=1))
        for game in Game
        if game is not Game.wasserstein
    },
    "wasserstein": (
        GameSettings(game=Game.wasserstein, clip_weights=0.1, n_critic=2),
        GameSettings(game=Game.wasserstein, gradient_penalty=1.0, lazy=1, n_critic=2),
    ),
}
"""Each loss as it is, and with what suits it: R1 at every step; a critic is clipped, or has a penalty."""
EVEN, HASTY = {"lr": 2e-3, "lr_d": 2e-3}, {"lr": 5e-3, "lr_d": 1e-3}
TILE = 150


@dataclass(frozen=True)
class Cell:
    """One setting of one loss."""

    game: GameSettings
    rates: Mapping[str, float]
    repairs: int


@dataclass(frozen=True)
class Outcome:
    """What one run came to: its score, its repairs, whether they were not enough, and its points (N, 2)."""

    score: Score
    repaired: int
    stopped: bool
    points: Tensor


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--games", nargs="*", choices=[*GAMES], default=[*GAMES])
    parser.add_argument("--picture", type=Path, help="PNG of what the first seed made")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    print(stamp("benchmarks/ring.py"))
    heads = ["loss", "even", "even, regularised", "hasty", "hasty, repaired", "hasty, regularised", "both"]
    rows, pictures = [], []
    for name in arguments.games:
        outcomes = [
            [outcome(cell, seed, arguments.steps) for seed in range(arguments.seeds)]
            for cell in cells(*GAMES[name])
        ]
        print(name, file=sys.stderr, flush=True)
        rows.append([name, *(summary(column) for column in outcomes)])
        pictures.append([column[0].points for column in outcomes])
    print(markdown(heads, rows))
    if arguments.picture:
        draw(arguments.games, heads[1:], pictures).save(arguments.picture)


def cells(plain: GameSettings, regularised: GameSettings) -> tuple[Cell, ...]:
    """Return the table's columns for one loss."""
    return (
        Cell(plain, EVEN, 0),
        Cell(regularised, EVEN, 3),
        Cell(plain, HASTY, 0),
        Cell(plain, HASTY, 3),
        Cell(regularised, HASTY, 0),
        Cell(regularised, HASTY, 3),
    )


def outcome(cell: Cell, seed: int, steps: int) -> Outcome:
    """Train once."""
    with tempfile.TemporaryDirectory() as folder:
        trainer = make_trainer(Path(folder), cell.game, seed, steps=steps, repairs=cell.repairs, **cell.rates)
        stopped = False
        try:
            if not trainer.run():
                raise KeyboardInterrupt
        except TrainError:
            stopped = True
        points = sample(trainer.players.ema.module)
    return Outcome(score_of(points), trainer.position.condition.rolled_back, stopped, points)


def summary(runs: Sequence[Outcome]) -> str:
    """Return modes of each seed, the mean quality, and how often the runs were rolled back."""
    modes = " ".join(f"{run.score.modes}{'*' if run.stopped else ''}" for run in runs)
    repaired = sum(run.repaired for run in runs)
    back = f", {repaired} back" if repaired else ""
    return f"{modes} ({fmean(run.score.quality for run in runs):.0%}{back})"


def draw(games: Sequence[str], heads: Sequence[str], pictures: Sequence[Sequence[Tensor]]) -> Image.Image:
    """Return scatters in a grid: a row for each loss, the modes in grey."""
    left, top = 130, 24
    sheet = Image.new("RGB", (left + TILE * len(heads), top + TILE * len(games)), "white")
    pen = ImageDraw.Draw(sheet)
    for column, head in enumerate(heads):
        pen.text((left + column * TILE + 6, 6), head, fill="black")
    for row, (name, tiles) in enumerate(zip(games, pictures, strict=True)):
        pen.text((6, top + row * TILE + TILE // 2), name, fill="black")
        for column, points in enumerate(tiles):
            scatter(pen, points, left + column * TILE, top + row * TILE)
    return sheet


def scatter(pen: ImageDraw.ImageDraw, points: Tensor, left: int, top: int) -> None:
    """Draw one run's points, those that lie within the picture."""
    half, scale = TILE / 2, TILE / 2 / (1.6 * RADIUS)
    pen.rectangle((left, top, left + TILE - 1, top + TILE - 1), outline="#cccccc")
    for x, y in (centres() * scale + half).tolist():
        pen.ellipse((left + x - 5, top + y - 5, left + x + 5, top + y + 5), fill="#dddddd")
    for x, y in (points * scale + half).tolist():
        if 1 < x < TILE - 2 and 1 < y < TILE - 2:
            pen.point((left + x, top + y), fill="#1f77b4")


if __name__ == "__main__":
    main()
