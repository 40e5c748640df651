"""Several processes: which device each takes, what they speak through, and losses that rest for a while."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from torch import Tensor, nn

from gantool.train import distributed, session
from gantool.train.contest import Moment
from gantool.train.distributed import join_ranks
from gantool.train.loop import Trainer
from gantool.train.processes import Ranks
from gantool.train.settings import Amp, Settings
from gantool.train.step import train_step
from gantool.train.terms import Term
from tests.train.test_step import CPU, QUIET
from tests.train.toy import ToyBatch, ToyRecipe, make_rules

TWO = Ranks(0, 2, 0)


class Headed(nn.Module):
    """A generator with a head that only the recipe's own loss looks at."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Conv2d(3, 3, 3, padding=1)
        self.head = nn.Linear(3, 1)

    def forward(self, image: Tensor) -> Tensor:
        made: Tensor = self.body(image)
        return made


class HeadedRecipe(ToyRecipe):
    def __init__(self) -> None:
        super().__init__(gan=False)
        self.headed = Headed()
        self.generator = self.headed

    def own_losses(self, batch: ToyBatch, fake: Tensor, generator: nn.Module) -> Mapping[str, Tensor]:
        return {"brightness": self.headed.head(fake.mean((2, 3))).square().mean()}


@pytest.fixture
def group(tmp_path: Path) -> Iterator[None]:
    dist.init_process_group("gloo", store=dist.FileStore(str(tmp_path / "store"), 1), rank=0, world_size=1)
    yield
    dist.destroy_process_group()


@pytest.mark.usefixtures("group")
@pytest.mark.parametrize("late", [Term(1.0, start=2), Term(0.0), None])
def test_parameters_of_a_loss_that_rests_hold_nobody_up(late: Term | None, tmp_path: Path) -> None:
    settings = Settings(steps=4, amp=Amp.fp32)
    terms = {"l2": Term(1.0)} if late is None else {"l2": Term(1.0), "brightness": late}
    recipe = HeadedRecipe()
    trainer = Trainer(recipe, make_rules(settings, terms=terms), tmp_path, CPU, TWO, QUIET)
    before = recipe.headed.head.weight.clone()
    moved = []
    for step in range(4):
        batches = [recipe.batch(2, slice(0, 2), torch.Generator().manual_seed(step))]
        train_step(recipe, trainer.players, trainer.rules, batches, Moment(step, step / 4))
        moved.append(not torch.equal(before, recipe.headed.head.weight))
    starts = late is not None and late.weight > 0
    assert moved == [False, False, starts, starts]


@pytest.mark.parametrize("wanted", ["auto", "cuda"])
def test_each_process_has_a_gpu_of_its_own(wanted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert session._device(wanted, Ranks(3, 4, 1)) == torch.device("cuda", 1)
    assert session._device("cpu", Ranks(3, 4, 1)) == CPU


@pytest.mark.parametrize(("has_gpu", "backend"), [(True, "cpu:gloo,cuda:nccl"), (False, "gloo")])
def test_tensors_of_a_cpu_go_through_gloo(
    has_gpu: bool, backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[str] = []
    for name, value in {"WORLD_SIZE": "2", "RANK": "0", "MASTER_ADDR": "here", "MASTER_PORT": "1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: has_gpu)
    monkeypatch.setattr(distributed, "rendezvous", lambda _: iter([(dist.HashStore(), 0, 2)]))
    monkeypatch.setattr(dist, "init_process_group", lambda name, **_: used.append(name))
    join_ranks()
    assert used == [backend]
