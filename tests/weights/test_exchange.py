from __future__ import annotations

import json
import os
import pickle
import warnings
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import safetensors.torch
import torch

from gantool.errors import GantoolError, UsageError, WeightError
from gantool.weights import files, store
from gantool.weights.exchange import Wish, export_file, import_file, remove_file, shadows_shipped

from .conftest import CARD, put


@pytest.fixture
def card(home: Path) -> Path:
    """A card as a user writes it: what loading needs and no more."""
    path = home / "card.json"
    record = {"id": "colorize-mine", "architecture": "toy", "config": {"width": 8}, "licence": "MIT"}
    path.write_text(json.dumps(record))
    return path


def stored(home: Path) -> list[str]:
    return sorted(path.name for path in (home / "user/weights").iterdir())


def test_our_own_file_is_copied_as_it_is(home: Path) -> None:
    source = put(home / "elsewhere", name="any-name")
    loaded = import_file(source, Wish())
    assert loaded.path == home / "user/weights/colorize-soft.safetensors"
    assert loaded.path.read_bytes() == source.read_bytes()


def test_another_id_is_written_into_the_card(home: Path) -> None:
    loaded = import_file(put(home / "elsewhere"), Wish(id="mine"))
    assert loaded.path.name == "mine.safetensors"
    assert (loaded.card.id, loaded.card.parent) == ("mine", "colorize-soft")


def test_an_id_that_is_taken_is_kept_unless_told_otherwise(home: Path) -> None:
    source = put(home / "elsewhere")
    import_file(source, Wish())
    with pytest.raises(WeightError, match=r"already in .*--overwrite"):
        import_file(source, Wish())
    assert import_file(source, Wish(overwrite=True)).id == CARD.id


def test_an_id_cannot_leave_the_store(home: Path) -> None:
    with pytest.raises(WeightError, match="cannot be the id"):
        import_file(put(home / "elsewhere"), Wish(id="../../up"))
    assert stored(home) == []


def test_another_task_is_refused(home: Path) -> None:
    with pytest.raises(WeightError, match="'colorize', not 'sharpen'"):
        import_file(put(home / "elsewhere"), Wish(task="sharpen"))


@pytest.mark.parametrize("nest", ["", "params_ema", "params", "state_dict"])
def test_a_pth_is_read_with_the_users_card(home: Path, card: Path, nest: str) -> None:
    tensors = {"weight": torch.full((2, 2), 0.5)}
    torch.save({nest: tensors, "step": 3} if nest else tensors, home / "net.pth")
    loaded = import_file(home / "net.pth", Wish(task="colorize", card=card))
    assert (loaded.id, loaded.card.task, loaded.card.config) == ("colorize-mine", "colorize", {"width": 8})
    assert torch.equal(loaded.tensors["weight"], tensors["weight"])


def test_the_averaged_tensors_come_first(home: Path, card: Path) -> None:
    nests = {"params": {"x": torch.zeros(1)}, "params_ema": {"x": torch.ones(1)}}
    torch.save(nests, home / "net.pth")
    loaded = import_file(home / "net.pth", Wish(task="colorize", card=card))
    assert loaded.tensors["x"].item() == 1


def test_a_safetensors_file_without_a_card_is_read_with_the_users(home: Path, card: Path) -> None:
    safetensors.torch.save_file({"x": torch.ones(2)}, home / "bare.safetensors")
    loaded = import_file(home / "bare.safetensors", Wish(task="colorize", card=card, id="colorize-mine"))
    assert loaded.tensors["x"].tolist() == [1, 1]


class Trap:
    """Unpickled without care, this makes a folder."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.target),)


@pytest.mark.parametrize("legacy", [False, True])
def test_a_pth_that_would_execute_something_is_refused(home: Path, card: Path, legacy: bool) -> None:
    sprung, source = home / "sprung", home / "trap.pth"
    content = {"params": {"weight": Trap(sprung)}}
    if legacy:
        source.write_bytes(pickle.dumps(content))
    else:
        torch.save(content, source)
    with pytest.raises(WeightError, match="restricted loader") as caught:
        import_file(source, Wish(task="colorize", card=card))
    assert "\n" not in str(caught.value)
    assert not sprung.exists()
    assert stored(home) == []


@pytest.mark.parametrize("content", [b"", b"nonsense", b"PK\x03\x04", b"\x80\x02."])
def test_a_damaged_pth_is_one_line(home: Path, card: Path, content: bytes) -> None:
    (home / "net.pth").write_bytes(content)
    with pytest.raises(WeightError) as caught:
        import_file(home / "net.pth", Wish(task="colorize", card=card))
    assert "net.pth" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ([torch.ones(1)], "holds list"),
        ({"weight": torch.ones(1), "lr": 0.1}, "'lr' is float"),
        ({}, "not tensors by name"),
    ],
)
def test_a_pth_that_is_no_state_dict(home: Path, card: Path, content: object, words: str) -> None:
    torch.save(content, home / "net.pth")
    with pytest.raises(WeightError, match=words):
        import_file(home / "net.pth", Wish(task="colorize", card=card))


def test_a_pth_says_nothing_of_what_it_is(home: Path, card: Path) -> None:
    torch.save({"x": torch.ones(1)}, home / "net.pth")
    for wish in (Wish(), Wish(task="colorize"), Wish(card=card)):
        with pytest.raises(UsageError, match=r"give --task TASK and --card"):
            import_file(home / "net.pth", wish)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not valid JSON"),
        ("[]", "not a JSON object"),
        ('{"id": "x"}', "lacks 'architecture'"),
        ('{"id": "x", "colour": 1}', "lacks"),
        ('{"task": "sharpen"}', "--task colorize contradicts 'sharpen'"),
    ],
)
def test_a_card_that_cannot_be_one(home: Path, card: Path, text: str, words: str) -> None:
    card.write_text(text)
    torch.save({"x": torch.ones(1)}, home / "net.pth")
    with pytest.raises(GantoolError) as caught:
        import_file(home / "net.pth", Wish(task="colorize", card=card))
    assert words in str(caught.value)
    assert "card.json" in str(caught.value)


def test_export_copies_to_a_file_or_into_a_folder(home: Path) -> None:
    source = put(home / "shipped")
    for target in (home / "copy.safetensors", home / "elsewhere"):
        written = export_file(source, target, overwrite=False)
        assert written.read_bytes() == source.read_bytes()
    assert (home / "elsewhere/colorize-soft.safetensors").exists()


def test_export_writes_over_nothing_unless_told_and_never_over_itself(home: Path) -> None:
    source, target = put(home / "shipped"), home / "copy.safetensors"
    target.write_text("precious")
    with pytest.raises(WeightError, match="exists"):
        export_file(source, target, overwrite=False)
    assert target.read_text() == "precious"
    assert export_file(source, target, overwrite=True).read_bytes() == source.read_bytes()
    with pytest.raises(WeightError, match="exists"):
        export_file(source, source, overwrite=True)


def test_export_refuses_other_formats_and_damaged_files(home: Path) -> None:
    source = put(home / "shipped")
    with pytest.raises(UsageError, match="does not end in"):
        export_file(source, home / "copy.pth", overwrite=False)
    source.write_bytes(source.read_bytes()[:-1])
    with pytest.raises(WeightError, match="no whole safetensors file"):
        export_file(source, home / "copy.safetensors", overwrite=False)
    assert not (home / f"copy{files.SUFFIX}").exists()


def test_a_shipped_id_is_taken_only_when_told(home: Path) -> None:
    source, shipped = put(home / "elsewhere", replace(CARD, summary="Mine.")), put(home / "shipped")
    with pytest.raises(WeightError, match=r"id of a shipped one; pass another --id, or --overwrite"):
        import_file(source, Wish())
    assert stored(home) == []
    assert import_file(source, Wish(id="mine")).card.id == "mine"
    assert not shadows_shipped("mine")
    assert store.resolve(CARD.id) == shipped
    own = import_file(source, Wish(overwrite=True))
    assert shadows_shipped(CARD.id)
    assert store.resolve(CARD.id) == own.path


def test_removed_is_what_lies_in_the_users_store_alone(home: Path) -> None:
    shipped, own = put(home / "shipped"), put(home / "user/weights")
    assert remove_file(CARD.id) == own
    assert not own.exists()
    with pytest.raises(WeightError, match=f"only what lies there is removed, not {shipped}"):
        remove_file(CARD.id)
    assert shipped.exists()
    with pytest.raises(WeightError, match=r"is not in .*weights list"):
        remove_file("colorize-hard")
    with pytest.raises(WeightError, match="cannot be the id"):
        remove_file("../up")


@pytest.mark.parametrize("kind", ["sparse", "sparse_csr", "meta", "quantized", "nested"])
def test_tensors_that_are_more_than_numbers_are_a_line(kind: str, home: Path, card: Path) -> None:
    """Torch's loader takes them, and they failed wherever they were used: by a traceback."""
    plain = torch.eye(2)
    odd = {
        "sparse": lambda: plain.to_sparse(),
        "sparse_csr": lambda: plain.to_sparse_csr(),
        "meta": lambda: plain.to("meta"),
        "quantized": lambda: torch.quantize_per_tensor(plain, 0.1, 0, torch.quint8),
        "nested": lambda: torch.nested.nested_tensor([plain, plain[:1]]),
    }
    source = home / "odd.pth"
    with warnings.catch_warnings(action="ignore"):
        torch.save({"a": plain, "b": odd[kind]()}, source)
    with pytest.raises(WeightError, match=r"'b' is .*, not plain numbers"):
        import_file(source, Wish(task="colorize", card=card))
    assert stored(home) == []


def test_one_number_shown_often_is_not_copied_out(home: Path, card: Path) -> None:
    source = home / "shown.pth"
    torch.save({"a": torch.zeros(1).expand(1000, 1000, 1000)}, source)
    with pytest.raises(WeightError, match="takes 4,000,000,000 bytes"):
        import_file(source, Wish(task="colorize", card=card))
    torch.save({"a": torch.ones(1).expand(512, 1, 4, 4)}, source)  # A blur kernel, kept as it was written.
    assert import_file(source, Wish(task="colorize", card=card)).tensors["a"].shape == (512, 1, 4, 4)


def test_what_unpacks_to_far_more_than_it_is_is_not_unpacked(
    home: Path, card: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, source = home / "whole.pth", home / "packed.pth"
    torch.save({"a": torch.zeros(1 << 25)}, whole)
    with zipfile.ZipFile(whole) as before, zipfile.ZipFile(source, "w", zipfile.ZIP_DEFLATED) as after:
        for record in before.infolist():
            after.writestr(record.filename, before.read(record))
    monkeypatch.setattr(torch, "load", lambda *words, **named: pytest.fail("it was loaded"))
    with pytest.raises(WeightError, match="far more than it holds"):
        import_file(source, Wish(task="colorize", card=card))
