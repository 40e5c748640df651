"""Whether the optional packages are there. Torch-free."""

from __future__ import annotations

import importlib.util

from gantool.errors import UsageError


def check_extra() -> None:
    """Raise UsageError unless onnx, onnxscript and onnxruntime are installed."""
    missing = [name for name in ("onnx", "onnxscript", "onnxruntime") if not importlib.util.find_spec(name)]
    if missing:
        raise UsageError(f"{' and '.join(missing)} is not installed", 'pip install "gantool[onnx]"')
