from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as multiprocessing
from torch import Tensor

from gantool.train.losses.augment import AdaptiveProbability
from gantool.train.tree import load_tree, save_tree

SURE = torch.ones(8, 1, 4, 4)
UNSURE = torch.tensor([1.0, -1.0]).view(2, 1)


def run(controller: AdaptiveProbability, logits: Tensor, steps: int, pictures: int = 10) -> None:
    for _ in range(steps):
        controller.update(logits)
        controller.step(pictures)


def test_it_rises_while_the_discriminator_is_too_sure_at_the_given_speed_and_falls_otherwise() -> None:
    controller = AdaptiveProbability(target=0.6, speed=1.0)
    run(controller, SURE, 3)
    assert controller.probability == 0  # Every fourth step only.
    run(controller, SURE, 1)
    assert controller.probability == pytest.approx(40 / 1000)
    run(controller, SURE, 16)
    assert controller.probability == pytest.approx(200 / 1000)
    run(controller, UNSURE, 8)
    assert controller.probability == pytest.approx(120 / 1000)


def test_it_stays_between_0_and_1() -> None:
    controller = AdaptiveProbability(0.6, 0.1, every=1)
    run(controller, SURE, 20)
    assert controller.probability == 1
    run(controller, UNSURE, 20)
    assert controller.probability == 0


def test_r_t_is_the_mean_over_all_updates_since_the_last_move() -> None:
    controller = AdaptiveProbability(0.6, 1.0, every=4)
    for logits in (SURE, SURE, SURE, UNSURE):  # r_t = 0.75
        run(controller, logits, 1)
    assert controller.probability > 0
    for logits in (SURE, SURE, UNSURE, UNSURE):  # r_t = 0.5
        run(controller, logits, 1)
    assert controller.probability == 0


def test_it_stands_still_at_the_target_and_at_logits_that_are_not_numbers() -> None:
    controller = AdaptiveProbability(target=0.0, speed=1.0, every=1)
    run(controller, UNSURE, 3)
    assert controller.probability == 0
    run(controller, SURE, 3)
    before = controller.probability
    run(controller, torch.full((4,), float("nan")), 2)
    assert controller.probability == before
    run(controller, SURE, 1)
    assert controller.probability > before


def test_it_goes_on_exactly_from_a_checkpoint(tmp_path: Path) -> None:
    whole = AdaptiveProbability(0.6, 0.7)
    cut = AdaptiveProbability(0.6, 0.7)
    torch.manual_seed(0)
    rows = [torch.randn(6, 1, 3, 3) + 0.8 for _ in range(30)]
    for index, logits in enumerate(rows):
        run(whole, logits, 1, pictures=7)
        run(cut, logits, 1, pictures=7)
        if index in (5, 18):  # in the midst of a window
            save_tree(tmp_path / "state.safetensors", cut.state_dict())
            cut = AdaptiveProbability(0.6, 0.7)
            cut.load_state_dict(load_tree(tmp_path / "state.safetensors"))
        assert cut.probability == whole.probability
    assert whole.probability > 0


def test_a_state_is_a_copy() -> None:
    controller = AdaptiveProbability(0.6, 1.0)
    state = controller.state_dict()
    run(controller, SURE, 1)
    assert float(state["sums"].sum()) == 0


def test_a_move_goes_by_what_all_processes_saw(monkeypatch: pytest.MonkeyPatch) -> None:
    others = torch.tensor([2.0, 2.0, 30.0])  # sure ones, 30 pictures
    monkeypatch.setattr(dist, "is_initialized", lambda: True)
    monkeypatch.setattr(dist, "all_reduce", lambda sums: sums.add_(others))
    controller = AdaptiveProbability(0.45, 1.0, every=2)
    run(controller, UNSURE, 2)
    assert controller.probability == pytest.approx((20 + 30) / 1000)


def _rank(rank: int, store: str, results: str) -> None:
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=2)
    controller = AdaptiveProbability(0.6, 1.0, every=2)
    run(controller, SURE if rank else UNSURE, 2)  # r_t = 0.5: rank 1 alone would rise
    falls = controller.probability
    run(controller, SURE, 2)
    Path(results, str(rank)).write_text(f"{falls} {controller.probability}")
    dist.destroy_process_group()


@pytest.mark.slow
def test_processes_agree_on_one_probability_and_count_all_their_pictures(tmp_path: Path) -> None:
    arguments = (str(tmp_path / "store"), str(tmp_path))
    multiprocessing.spawn(_rank, arguments, nprocs=2)  # type: ignore[attr-defined, no-untyped-call]
    for rank in ("0", "1"):
        assert [float(part) for part in (tmp_path / rank).read_text().split()] == [0, pytest.approx(0.04)]
