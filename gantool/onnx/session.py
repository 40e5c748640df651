"""An ONNX graph in onnxruntime, with torch tensors on both sides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from gantool.errors import DeviceError, WeightError

_CUDA = "CUDAExecutionProvider"
_ALLOCATORS = (
    "Failed to allocate memory",
    "Available memory of",
    "bad_alloc",
    "CUDA failure 2: out of memory",
)
"""What onnxruntime says where memory runs out: its arena (two ways), the CPU's allocator, and CUDA."""


class Session:
    """Runs a graph. It is not changed by running, so that threads may share it."""

    def __init__(self, content: bytes, device: str, name: str) -> None:
        """Read a graph.

        Raises:
            WeightError: the bytes are no graph that onnxruntime can run.
            DeviceError: onnxruntime cannot load what it needs for CUDA: it would take the CPU without a word.
        """
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        options.log_severity_level = 3
        try:
            self._session: Any = onnxruntime.InferenceSession(content, options, providers=_providers(device))
        except Exception as failure:  # onnxruntime's own exceptions have no common class but this one
            why = str(failure).strip().splitlines()[0][:160]
            raise WeightError(f"{name} cannot be run by onnxruntime ({why})", "export it again") from failure
        if device.startswith("cuda") and _CUDA not in self._session.get_providers():
            raise DeviceError(
                f"onnxruntime cannot use {device}: its CUDA libraries do not load",
                "install those its release names, or take --device cpu or --backend torch",
            )

    @property
    def facts(self) -> Mapping[str, str]:
        """What the file says of itself."""
        found: dict[str, str] = self._session.get_modelmeta().custom_metadata_map
        return found

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the inputs, in their order."""
        return tuple(one.name for one in self._session.get_inputs())

    def __call__(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """Return the one output, float32, on the CPU.

        Raises:
            torch.OutOfMemoryError: there was too little memory.
            RuntimeError: whatever else failed: what torch itself would raise, so that callers know one kind.
        """
        arrays = {name: value.detach().float().cpu().numpy() for name, value in inputs.items()}
        try:
            (made,) = self._session.run(None, arrays)
        except Exception as failure:  # onnxruntime's own exceptions have no common class but this one
            kind = torch.OutOfMemoryError if _is_out_of_memory(failure) else RuntimeError
            raise kind(str(failure)) from failure
        return torch.from_numpy(made)


def _is_out_of_memory(failure: Exception) -> bool:
    """Tell by the words: onnxruntime has no class for it."""
    return isinstance(failure, MemoryError) or any(words in str(failure) for words in _ALLOCATORS)


def _providers(device: str) -> list[Any]:
    if not device.startswith("cuda"):
        return ["CPUExecutionProvider"]
    _, _, number = device.partition(":")
    return [(_CUDA, {"device_id": int(number or 0)}), "CPUExecutionProvider"]
