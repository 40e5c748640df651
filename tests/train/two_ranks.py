"""What each of two processes does: train on bad batches that one of them alone meets, and note the end."""

from __future__ import annotations

import sys
from pathlib import Path

import torch

from gantool.train.distributed import join_ranks, leave_ranks
from tests.train.poison import Plan, poisoned
from tests.train.test_step import weights_of


def main(folder: Path) -> None:
    ranks = join_ranks()
    trainer = poisoned(folder, Plan(((5, 0), (6, 0), (7, 0)), bad_rank=1), ranks)
    trainer.run()
    condition = trainer.position.condition
    report = {"weights": weights_of(trainer.players), "condition": [condition.rolled_back, condition.skipped]}
    torch.save(report, folder / f"rank-{ranks.rank}.pt")
    leave_ranks(ranks)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
