"""What runs the network: torch, or onnxruntime. Torch-free to import."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from gantool.errors import DeviceError, UsageError
from gantool.inference.precision import Precision

if TYPE_CHECKING:
    from gantool.inference.result import Settings
    from gantool.task import Enhancer


@dataclass(frozen=True)
class Backend:
    """torch, or onnxruntime; `file` is the graph to run there, None for one exported for the purpose."""

    onnx: bool = False
    file: Path | None = None


TORCH = Backend()


def refuse_foreign(settings: Settings, path: Path) -> None:
    """Raise UsageError where another project's network is to run by another backend than torch."""
    if settings.backend.onnx:
        raise UsageError(
            f"--backend onnx runs networks of gantool's own, not {path}", "leave --backend torch"
        )


def on_backend(enhancer: Enhancer, settings: Settings) -> tuple[Enhancer, Settings]:
    """Return the enhancer, its network replaced where another backend is to run it, and how it then runs.

    Raises:
        UsageError: the task's network cannot be exported, a lower precision is asked for, or an extra is
            missing.
        DeviceError: onnxruntime does not know the device asked for, or cannot use it.
        WeightError: the file is none, or of other weights.
    """
    if not settings.backend.onnx:
        return enhancer, settings
    if settings.precision not in (Precision.AUTO, Precision.FP32):
        raise UsageError("--backend onnx computes in fp32", "leave out --precision")
    from gantool.onnx.extra import check_extra
    from gantool.onnx.running import device_for, run_by_onnx

    check_extra()
    device = device_for(settings.device)
    try:
        run_by_onnx(enhancer, settings.backend.file, device)
    except DeviceError:
        if settings.device != "auto" or device == "cpu":
            raise
        device = "cpu"  # Nobody asked for CUDA by name.
        run_by_onnx(enhancer, settings.backend.file, device)
    return enhancer, replace(settings, device=device, precision=Precision.FP32)
