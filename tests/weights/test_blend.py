from __future__ import annotations

import dataclasses
import hashlib
import math
from pathlib import Path

import pytest
import torch

from gantool import plugins
from gantool.errors import GantoolError, UsageError, WeightError
from gantool.task import AnyTask, LoadedWeight, Task, Train
from gantool.weights import files, store
from gantool.weights.blend import Mix, blend_files, interpolate
from gantool.weights.card import Card, Measured, Parent

from .conftest import CARD

HARD = dataclasses.replace(CARD, id="colorize-hard", data="street", steps=10, notes="pale", summary="Hard.")
SOFT = dataclasses.replace(
    CARD,
    licence="MIT",
    data="park",
    recipe={"rate": 1e-4},
    steps=20,
    hours=2.0,
    parent="colorize-hard",
    measured=(Measured("PSNR", 30.0, "Set5", "luma"),),
    notes="bright",
)


def tensors(seed: int) -> dict[str, torch.Tensor]:
    """Random values that half precision holds, both zeros among them, and a counter."""
    values = torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(seed)).half().float()
    values[0, 0] = torch.tensor([0.0, -0.0, 1.0, -0.0])
    return {
        "weight": values,
        "bias": values.sum(dim=(1, 2)).half().float(),
        "counter": torch.tensor([70_000]),
    }


def written(folder: Path, card: Card, values: dict[str, torch.Tensor]) -> Path:
    path = folder / f"{card.id}{files.SUFFIX}"
    files.save(path, values, card)
    return path


@pytest.fixture
def hard(tmp_path: Path) -> Path:
    return written(tmp_path, HARD, tensors(0))


@pytest.fixture
def soft(tmp_path: Path) -> Path:
    return written(tmp_path, SOFT, tensors(1))


def loaded(card: Card = CARD, **values: torch.Tensor) -> LoadedWeight:
    return LoadedWeight(card.id, card, values, "", Path("w"))


def bits(tensor: torch.Tensor) -> torch.Tensor:
    """Return what tells 0.0 from -0.0, too."""
    return tensor.half().view(torch.int16) if tensor.is_floating_point() else tensor


@pytest.mark.parametrize(("at", "end"), [(0.0, 0), (1.0, 1)])
def test_the_ends_are_the_parents_bit_by_bit(
    tmp_path: Path, hard: Path, soft: Path, at: float, end: int
) -> None:
    made = blend_files(hard, soft, tmp_path / "end.safetensors", Mix(at=at))
    for name, tensor in files.load(made.path, task="colorize").tensors.items():
        assert torch.equal(bits(tensor), bits(tensors(end)[name]))


@pytest.mark.parametrize("at", [0.5, 0.2, 0.9])
def test_between_them_lies_the_weighted_mean_rounded_to_half(
    tmp_path: Path, hard: Path, soft: Path, at: float
) -> None:
    made = files.load(blend_files(hard, soft, tmp_path / "b.safetensors", Mix(at=at)).path, task="colorize")
    for name in ("weight", "bias"):
        exact = tensors(0)[name].double() * (1 - at) + tensors(1)[name].double() * at
        torch.testing.assert_close(made.tensors[name].double(), exact, rtol=2**-11, atol=2**-20)
    assert made.tensors["counter"].tolist() == [70_000]


def test_computed_in_single_precision() -> None:
    half = torch.tensor([1.0], dtype=torch.float16)
    made = interpolate(loaded(x=half), loaded(x=half + 2**-10), 0.25)["x"]
    assert (made.dtype, made.item()) == (torch.float32, 1 + 2**-12)


@pytest.mark.parametrize(("at", "nearer"), [(0.25, "hard"), (0.5, "soft"), (0.75, "soft")])
def test_what_a_task_fits_anew_is_the_nearer_parents(
    tmp_path: Path, hard: Path, soft: Path, monkeypatch: pytest.MonkeyPatch, at: float, nearer: str
) -> None:
    train = Train(object, lambda _, __: pytest.fail("nothing is trained"), fitted=("bi",))
    task: AnyTask = Task("colorize", "Colours.", train=train)
    monkeypatch.setattr(plugins, "names", lambda: ("colorize",))
    monkeypatch.setattr(plugins, "load", {"colorize": task}.__getitem__)
    made = files.load(blend_files(hard, soft, tmp_path / "b.safetensors", Mix(at=at)).path, task=None)
    parents = {"hard": tensors(0), "soft": tensors(1)}
    assert torch.equal(made.tensors["bias"], parents[nearer]["bias"])
    mean = torch.lerp(parents["hard"]["weight"], parents["soft"]["weight"], at)
    assert torch.equal(made.tensors["weight"].float(), mean.half().float())


def test_denoising_weights_keep_one_estimate_of_the_level() -> None:
    train = plugins.load("denoise").train
    assert train is not None
    held = store.load("denoise-gaussian-compact", plugins.load("denoise")).tensors
    assert any(name.startswith(train.fitted) for name in held)
    assert not all(name.startswith(train.fitted) for name in held)


def test_the_card_says_where_it_came_from(tmp_path: Path, hard: Path, soft: Path) -> None:
    made = blend_files(hard, soft, tmp_path / "colorize-mid.safetensors", Mix(at=0.25))
    card = files.read_card(made.path)
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (hard, soft)]
    assert card.parents == (
        Parent("colorize-hard", digests[0], 0.75),
        Parent("colorize-soft", digests[1], 0.25),
    )
    assert (card.id, card.summary) == ("colorize-mid", "0.25 of the way from colorize-hard to colorize-soft")
    assert (card.measured, card.notes, card.parent) == ((), "", "")
    assert (card.licence, card.data) == ("CC0-1.0 AND MIT", "street; park")
    assert (card.recipe, card.steps, card.hours) == (SOFT.recipe, 20, 2.0)
    assert made.card == card
    assert made.sha256 == hashlib.sha256(made.path.read_bytes()).hexdigest()


def test_the_user_may_say_what_the_card_says(tmp_path: Path, hard: Path, soft: Path) -> None:
    mix = Mix(id="mine", summary="Between.", notes="For dim rooms.")
    card = blend_files(hard, soft, tmp_path / "b.safetensors", mix).card
    assert (card.id, card.summary, card.notes) == ("mine", "Between.", "For dim rooms.")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"task": "sharpen"}, "task 'colorize' and 'sharpen'"),
        ({"architecture": "other"}, "architecture 'toy' and 'other'"),
        ({"config": {**CARD.config, "width": 16}}, "width 8 and 16"),
        ({"config": {}}, "act relu and None"),
    ],
)
def test_different_networks_are_refused(
    tmp_path: Path, hard: Path, change: dict[str, object], words: str
) -> None:
    other = written(tmp_path, dataclasses.replace(SOFT, **change), tensors(1))  # type: ignore[arg-type]
    with pytest.raises(WeightError, match=f"are different networks: {words}") as caught:
        blend_files(hard, other, tmp_path / "b.safetensors", Mix())
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "b.safetensors").exists()


@pytest.mark.parametrize(
    "values",
    [{}, {"x": torch.ones(3)}, {"x": torch.ones(2), "y": torch.ones(1)}, {"x": torch.tensor([1, 2])}],
)
def test_tensors_that_are_not_alike_are_refused(values: dict[str, torch.Tensor]) -> None:
    for pair in ((torch.ones(2), values), (torch.tensor([1, 3]), values)):
        with pytest.raises(WeightError, match=r"tensor '[xy]'"):
            interpolate(loaded(x=pair[0]), loaded(**pair[1]), 0.5)


@pytest.mark.parametrize("at", [-0.1, 1.5, math.nan])
def test_a_share_outside_the_two_is_refused(tmp_path: Path, hard: Path, soft: Path, at: float) -> None:
    with pytest.raises(UsageError, match="from 0 to 1"):
        blend_files(hard, soft, tmp_path / "b.safetensors", Mix(at=at))


def test_nothing_is_written_over_unless_told_and_a_parent_never(
    tmp_path: Path, hard: Path, soft: Path
) -> None:
    target = tmp_path / "b.safetensors"
    target.write_text("precious")
    with pytest.raises(WeightError, match="--overwrite"):
        blend_files(hard, soft, target, Mix())
    assert target.read_text() == "precious"
    assert blend_files(hard, soft, target, Mix(overwrite=True)).sha256
    before = soft.read_bytes()
    with pytest.raises(WeightError, match="itself what is read"):
        blend_files(hard, soft, soft, Mix(overwrite=True))
    assert soft.read_bytes() == before


def test_a_failure_while_writing_leaves_what_was_there(
    tmp_path: Path, hard: Path, soft: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "b.safetensors"
    target.write_text("precious")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(WeightError, match="no space left"):
        blend_files(hard, soft, target, Mix(overwrite=True))
    assert target.read_text() == "precious"
    assert sorted(tmp_path.iterdir()) == sorted([target, hard, soft])


@pytest.mark.parametrize("name", ["b.pth", "b", "."])
def test_the_target_is_called_as_a_weight_file(tmp_path: Path, hard: Path, soft: Path, name: str) -> None:
    with pytest.raises(GantoolError, match="does not end in"):
        blend_files(hard, soft, tmp_path / name, Mix())
