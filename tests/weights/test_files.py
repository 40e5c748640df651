from __future__ import annotations

import dataclasses
import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
import safetensors.torch
import torch

from gantool.errors import WeightError
from gantool.weights import files

from .conftest import CARD, put

Tensors = dict[str, torch.Tensor]


@pytest.fixture
def path(tmp_path: Path, tensors: Tensors) -> Path:
    target = tmp_path / "colorize-soft.safetensors"
    files.save(target, tensors, CARD)
    return target


def test_tensors_and_card_come_back(path: Path, tensors: Tensors) -> None:
    loaded = files.load(path, task="colorize")
    assert (loaded.id, loaded.card, loaded.path) == ("colorize-soft", CARD, path)
    assert set(loaded.tensors) == set(tensors)
    for name, tensor in tensors.items():
        assert loaded.tensors[name].dtype == tensor.dtype
        assert torch.equal(loaded.tensors[name], tensor)


def test_floats_are_half_on_disk_and_integers_stay(path: Path) -> None:
    raw = safetensors.torch.load_file(path)
    assert {raw["body.weight"].dtype, raw["body.bias"].dtype} == {torch.float16}
    assert raw["steps"].dtype == torch.int64


@pytest.mark.parametrize("kind", [torch.float64, torch.bfloat16, torch.float16])
def test_any_float_comes_back_as_float32(tmp_path: Path, kind: torch.dtype) -> None:
    files.save(tmp_path / "a", {"x": torch.ones(3, dtype=kind)}, CARD)
    assert files.load(tmp_path / "a", task=None).tensors["x"].dtype == torch.float32


def test_the_same_input_gives_the_same_bytes(tmp_path: Path, path: Path, tensors: Tensors) -> None:
    again = tmp_path / "again.safetensors"
    files.save(again, dict(reversed(tensors.items())), dataclasses.replace(CARD))
    assert again.read_bytes() == path.read_bytes()


def test_views_of_one_memory_can_be_saved(tmp_path: Path) -> None:
    base = torch.arange(6.0).half().reshape(2, 3)
    files.save(tmp_path / "a", {"x": base, "same": base, "turned": base.t()}, CARD)
    assert torch.equal(files.load(tmp_path / "a", task=None).tensors["turned"], base.t().float())


def test_sha256_is_that_of_the_file(path: Path, tensors: Tensors) -> None:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert files.save(path, tensors, CARD) == digest
    assert files.load(path, task=None, sha256=digest.upper()).sha256 == digest


def test_the_card_is_read_without_torch(path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from gantool.weights.files import read_card;"
        "print(read_card(Path(sys.argv[1])).id, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["colorize-soft", "False"]


def test_a_saved_file_leaves_nothing_beside_it(path: Path) -> None:
    assert [item.name for item in path.parent.iterdir()] == [path.name]


def refused(path: Path, *words: str, task: str | None = "colorize", sha256: str | None = None) -> None:
    with pytest.raises(WeightError) as caught:
        files.load(path, task=task, sha256=sha256)
    line = str(caught.value)
    assert "\n" not in line
    assert all(word in line for word in (str(path), *words)), line


def test_another_task_is_refused_by_both_names(path: Path) -> None:
    refused(path, "'colorize'", "'sharpen'", task="sharpen")


def test_another_sha256_is_refused(path: Path) -> None:
    refused(path, "sha256", sha256="0" * 64)


@pytest.mark.parametrize("keep", [0, 4, 8, 60, -1])
def test_a_truncated_file_is_refused(path: Path, keep: int) -> None:
    path.write_bytes(path.read_bytes()[:keep])
    refused(path, "no whole safetensors file")


@pytest.mark.parametrize("content", [b"not a weight file at all", b"\xff" * 64, b"PK\x03\x04" * 20])
def test_another_format_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    refused(path, "no whole safetensors file")


def test_trailing_bytes_are_refused(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"more")
    refused(path, "no whole safetensors file")


def test_a_file_without_a_card_is_refused(path: Path) -> None:
    safetensors.torch.save_file({"x": torch.ones(2)}, path)
    refused(path, "has no card", "gantool weights import")


def test_a_damaged_card_is_refused(path: Path) -> None:
    safetensors.torch.save_file({"x": torch.ones(2)}, path, metadata={files.CARD_KEY: "{"})
    refused(path, "not valid JSON")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_values_that_are_not_finite_are_refused(path: Path, value: float) -> None:
    metadata = {files.CARD_KEY: CARD.to_json()}
    safetensors.torch.save_file({"good": torch.ones(2), "bad": torch.tensor([1, value])}, path, metadata)
    refused(path, "'bad'", "not finite")


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    refused(tmp_path / "nothing.safetensors", "there is no weight file")
    refused(tmp_path, "is a folder")


def test_a_manifest_beside_the_file_is_obeyed(path: Path) -> None:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    manifest = path.parent / "SHA256SUMS"
    manifest.write_text(f"{'0' * 64}  other.safetensors\n{digest} *{path.name}\n")
    assert files.load(path, task=None).sha256 == digest
    manifest.write_text(f"{'0' * 64}  {path.name}\n")
    refused(path, "sha256")


def test_a_damaged_manifest_is_refused(path: Path) -> None:
    manifest = path.parent / "SHA256SUMS"
    manifest.write_text("not a checksum\n")
    with pytest.raises(WeightError, match="format of sha256sum"):
        files.load(path, task=None)


@pytest.mark.parametrize("value", [7e4, float("nan")])
def test_values_half_precision_cannot_hold_are_not_saved(path: Path, value: float) -> None:
    before = path.read_bytes()
    with pytest.raises(WeightError, match="'x' is not finite in half precision"):
        files.save(path, {"x": torch.tensor([value])}, CARD)
    assert path.read_bytes() == before


def test_an_id_that_is_a_path_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(WeightError, match="cannot be the id"):
        put(tmp_path, dataclasses.replace(CARD, id="../up"), name="x")


def test_a_folder_that_is_not_there(tmp_path: Path, tensors: Tensors) -> None:
    with pytest.raises(WeightError, match="its folder does not exist"):
        files.save(tmp_path / "no" / "x.safetensors", tensors, CARD)
