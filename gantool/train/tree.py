"""Nested state to safetensors and back: no pickle in checkpoints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor

from gantool.atomic import write_atomic
from gantool.errors import TrainError

_TENSOR = "$tensor"
_MAPPING = "$items"


def save_tree(path: Path, tree: Any, mark: str = "") -> None:
    """Write nested dicts, lists, numbers, strings and tensors to one file, atomically.

    `mark` is a word about the file that is read without reading the rest.
    """
    tensors: dict[str, Tensor] = {}
    skeleton = json.dumps(_strip(tree, "", tensors))
    write_atomic(path, save(tensors, metadata={"tree": skeleton, "mark": mark}), error=TrainError)


def load_tree(path: Path) -> Any:
    """Read what `save_tree` wrote; tensors come back on the CPU."""
    with safe_open(path, framework="pt") as file:
        skeleton = json.loads(_metadata(file)["tree"])
        return _fill(skeleton, {name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118


def read_mark(path: Path) -> str:
    """Read the word that `save_tree` was given, from the header alone."""
    with safe_open(path, framework="pt") as file:
        return _metadata(file).get("mark", "")


def _metadata(file: Any) -> dict[str, str]:
    """Return what stands in the header; any safetensors file may lie there under a checkpoint's name."""
    found: dict[str, str] | None = file.metadata()
    if found is None:
        raise ValueError("it says nothing of its tensors")
    return found


def _strip(node: Any, name: str, tensors: dict[str, Tensor]) -> Any:
    if isinstance(node, Tensor):
        # A copy on the CPU: safetensors refuses tensors that share memory.
        tensors[name] = node.detach().to("cpu", memory_format=torch.contiguous_format, copy=True)
        return {_TENSOR: name}
    if isinstance(node, dict):
        # Pairs, because JSON would turn an optimiser's integer keys into strings.
        return {_MAPPING: [[key, _strip(child, f"{name}/{key}", tensors)] for key, child in node.items()]}
    if isinstance(node, list | tuple):
        return [_strip(child, f"{name}/{index}", tensors) for index, child in enumerate(node)]
    return node


def _fill(node: Any, tensors: dict[str, Tensor]) -> Any:
    if isinstance(node, dict):
        if _TENSOR in node:
            return tensors[node[_TENSOR]]
        return {key: _fill(child, tensors) for key, child in node[_MAPPING]}
    if isinstance(node, list):
        return [_fill(child, tensors) for child in node]
    return node
