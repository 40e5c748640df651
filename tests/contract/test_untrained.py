"""Tasks that do not train: their enhancers are run with the weights that users have, or with none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from gantool.task import AnyTask, Enhance, Enhancer, Geometry, KnownWeight, LoadedWeight
from gantool.testing import Check, ContractError, check_task
from gantool.weights import files
from gantool.weights.card import Card
from tests.contract.toy import Options, ToyEnhancer, network, toy_task

ENHANCING = {
    Check.GEOMETRY,
    Check.TILES,
    Check.VIEWS,
    Check.OUTPUT_REPEATS,
    Check.GRAPH,
    Check.MISFIT,
}
ELSEWHERE = KnownWeight("toy", "a toy", "CC0-1.0", url="https://example.org/toy.safetensors", sha256="0" * 64)


class Weightless(ToyEnhancer):
    def __init__(self, options: Options, weights: Sequence[LoadedWeight]) -> None:
        torch.manual_seed(0)
        self.module = network().eval()


class ShortHalo(Weightless):
    geometry = Geometry(halo=1)


def untrained(build: type[ToyEnhancer], *needed: str, known: tuple[KnownWeight, ...] = ()) -> AnyTask:
    def made(options: Options, weights: Sequence[LoadedWeight]) -> Enhancer:
        return build(options, weights)

    enhance = Enhance(Options, lambda options: needed, made)
    return replace(toy_task(), train=None, enhance=enhance, known_weights=known)


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    card = Card("toy", "toy", "toy", {"width": 4}, "CC0-1.0")
    files.save(tmp_path / "toy.safetensors", network().state_dict(), card)
    monkeypatch.setenv("GANTOOL_WEIGHTS", str(tmp_path))


def test_an_enhancer_without_weights_is_run() -> None:
    made = check_task(untrained(Weightless))
    assert set(made) >= ENHANCING
    assert not {Check.STEP, Check.ROUND_TRIP} & set(made)
    with pytest.raises(ContractError, match="tiles differ from one piece"):
        check_task(untrained(ShortHalo))


@pytest.mark.usefixtures("stored")
def test_one_with_an_installed_weight_is_run_with_it() -> None:
    assert set(check_task(untrained(ToyEnhancer, "toy"))) >= ENHANCING
    with pytest.raises(ContractError, match=r"Enhance\.build takes a weight without its tensor"):
        check_task(untrained(Weightless, "toy"))


def test_a_weight_that_leads_nowhere_is_found() -> None:
    with pytest.raises(ContractError, match="there is no weight 'toy' for task 'toy'"):
        check_task(untrained(ToyEnhancer, "toy"))


def test_one_whose_weight_is_elsewhere_is_left_out_until_it_is_pulled(request: pytest.FixtureRequest) -> None:
    task = untrained(ToyEnhancer, "toy", known=(ELSEWHERE,))
    assert not ENHANCING & set(check_task(task))
    request.getfixturevalue("stored")
    assert set(check_task(task)) >= ENHANCING
