"""`gantool weights pull` and `push` as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from gantool.weights import files
from gantool.weights.card import Card
from tests.weights.serving import GOOD, serving

from .conftest import Run


def test_pushed_then_pulled(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("huggingface_hub")
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "HF_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("HF_TOKEN", GOOD)
    path = tmp_path / "toy-plain.safetensors"
    digest = files.save(path, {"gain": torch.ones(3)}, Card("toy-plain", "toy", "gain", {}, "CC0-1.0"))
    with serving() as site:
        monkeypatch.setenv("HF_ENDPOINT", site.address)
        pushed = run("weights", "push", str(path), "hf:me/nets")
        assert pushed.code == 0, pushed.err
        told = pushed.out.splitlines()[1]
        assert told == f"gantool weights pull hf:me/nets/{path.name} --sha256 {digest}"
        pulled = run(*told.split()[1:], "--json")
        assert json.loads(pulled.out)["id"] == "toy-plain"
        again = run(*told.split()[1:])
        assert (again.code, "--overwrite" in again.err) == (1, True)


def test_the_catalogue_is_listed(run: Run) -> None:
    assert "dncnn-color-blind" in run("weights", "pull", "--list").out
    assert json.loads(run("weights", "pull", "--list", "--json").out)[0]["licence"] == "MIT"
    assert "known: dncnn-color-blind" in run("weights", "pull").err


@pytest.mark.parametrize(
    ("module", "extra"), [("pooch", "hub"), ("huggingface_hub", "hub"), ("onnxruntime", "onnx")]
)
def test_a_missing_extra_is_one_line(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, extra: str
) -> None:
    import importlib.util

    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == module else find(name))
    files.save(tmp_path / "x.safetensors", {"a": torch.ones(1)}, Card("x", "toy", "a", {}, "MIT"))
    pull = ("pull", "https://localhost/x.safetensors", "--sha256", "0" * 64)
    push = ("push", str(tmp_path / "x.safetensors"), "hf:me/x")
    export = ("export", "--onnx", str(tmp_path / "x.safetensors"), str(tmp_path / "x.onnx"))
    answer = run("weights", *{"pooch": pull, "huggingface_hub": push, "onnxruntime": export}[module])
    assert (answer.code, len(answer.err.splitlines())) == (2, 1)
    assert f'pip install "gantool[{extra}]"' in answer.err
