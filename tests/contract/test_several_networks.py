"""A task whose enhancer puts two networks together, one of which it trains: the kit, and `--weights`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from gantool import plugins
from gantool.errors import UsageError, WeightError
from gantool.networks.loading import network_of
from gantool.task import AnyTask, Box, Enhance, Graph, LoadedWeight
from gantool.testing import Check, ContractError, check_task
from gantool.weights import files, store
from gantool.weights.card import Card
from tests.contract.toy import Options, ToyEnhancer, network, toy_task

NEEDED = ("toy", "toy-tone")


class Pair(ToyEnhancer):
    """A network, and behind it one of another architecture."""

    def __init__(self, options: Options, weights: Sequence[LoadedWeight]) -> None:
        first, second = weights
        if (first.card.architecture, second.card.architecture) != ("toy", "tone"):
            raise WeightError("these are not the two networks", "give them in their order")
        tone = network_of(second, lambda: nn.Conv2d(3, 3, 1))
        self.module = nn.Sequential(network_of(first, network), tone).eval()

    def __call__(self, image: Tensor, box: Box, state: object) -> Tensor:
        output: Tensor = self.module(image)
        return output


def pair_task(needed: tuple[str, ...] = NEEDED) -> AnyTask:
    return replace(toy_task(), enhance=Enhance(Options, lambda options: needed, Pair))


def put(folder: Path, name: str, architecture: str, module: nn.Module) -> Path:
    torch.manual_seed(0)
    path = folder / f"{name}.safetensors"
    files.save(path, module.state_dict(), Card(name, "toy", architecture, {"width": 4}, "CC0-1.0"))
    return path


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store with the second network alone, as an author has it who trains the first."""
    folder = tmp_path / "store"
    folder.mkdir()
    monkeypatch.setenv("GANTOOL_WEIGHTS", str(folder))
    put(folder, "toy-tone", "tone", nn.Conv2d(3, 3, 1))
    return folder


def test_two_networks_keep_the_contract(installed: Path) -> None:
    assert {Check.ROUND_TRIP, Check.MISFIT, Check.TILES} <= set(check_task(pair_task()))


def test_the_trained_one_takes_its_architectures_places_whatever_their_ids(installed: Path) -> None:
    put(installed, "toy-large", "toy", network())
    check_task(pair_task(("toy-large", "toy-tone")), only=[Check.ROUND_TRIP])


def test_a_second_network_that_is_not_installed_is_named() -> None:
    with pytest.raises(ContractError, match="trained toy in the place of toy-tone, which is not installed"):
        check_task(pair_task(), only=[Check.GEOMETRY])


def test_options_that_do_not_take_what_was_trained(installed: Path) -> None:
    put(installed, "toy-other", "other", network())
    with pytest.raises(ContractError, match="takes toy-other and toy-tone, and not the trained toy"):
        check_task(pair_task(("toy-other", "toy-tone")), only=[Check.ROUND_TRIP])


def test_weights_takes_what_a_run_exported_and_the_tasks_own_beside_it(
    installed: Path, tmp_path: Path
) -> None:
    task = pair_task()
    trained = str(put(tmp_path, "toy", "toy", network()))
    assert store.choose(NEEDED, (trained,), task) == (trained, "toy-tone")
    assert store.choose(NEEDED, ("toy-tone",), task) == NEEDED
    tone = str(put(tmp_path, "warm", "tone", nn.Conv2d(3, 3, 1)))
    assert store.choose(NEEDED, (tone,), task) == ("toy", tone)
    assert store.choose(NEEDED, ("b", "a"), task) == ("b", "a")
    assert store.choose(NEEDED, (), task) == NEEDED


class Exported(Pair):
    graph = Graph()


def test_an_onnx_file_holds_both(installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    from gantool.onnx.weight import export_weight

    task = replace(toy_task(), enhance=Enhance(Options, lambda options: NEEDED, Exported))
    monkeypatch.setattr(plugins, "load", lambda name: task)
    trained = put(tmp_path, "toy", "toy", network())
    assert export_weight(trained, tmp_path / "pair.onnx", overwrite=False).path.is_file()


def test_what_has_no_place_or_too_many_is_a_line(installed: Path, tmp_path: Path) -> None:
    other = str(put(tmp_path, "odd", "another", network()))
    words = r"need 2 weights and --weights names 1; give --weights for each, .* own: toy, toy-tone"
    with pytest.raises(UsageError, match=words):
        store.choose(NEEDED, (other,), pair_task())
    put(installed, "toy", "tone", nn.Conv2d(3, 3, 1))
    tone = str(put(tmp_path, "warm", "tone", nn.Conv2d(3, 3, 1)))
    with pytest.raises(UsageError, match=words):  # Both of the task's own are of its network.
        store.choose(NEEDED, (tone,), pair_task())
    with pytest.raises(UsageError, match="need 2 weights and --weights names 3"):
        store.choose(NEEDED, (tone, tone, tone), pair_task())
    three = ("toy-tone", "toy-a", "toy-b")
    with pytest.raises(UsageError, match="need 3 weights and --weights names 2"):
        store.choose(three, (tone, tone), pair_task(three))
