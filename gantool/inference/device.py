"""Which device runs the network, and how much memory is free there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gantool.errors import DeviceError, UsageError

if TYPE_CHECKING:
    import torch

DEVICE_PATTERN = re.compile(r"auto|cpu|mps|cuda(:(0|[1-9][0-9]*))?")
"""As torch reads them: it knows no `cuda:01`, nor digits of other scripts."""


def check_device_name(text: str) -> str:
    """Return `text` where it names a device, without asking whether it is there; torch-free.

    Raises:
        UsageError: It is none of auto, cpu, cuda, cuda:N and mps.
    """
    if not DEVICE_PATTERN.fullmatch(text):
        raise UsageError(f"{text} is no device", "choose auto, cpu, cuda, cuda:N or mps")
    return text


def choose_device(wanted: str) -> torch.device:
    """Return the device `wanted` names; `auto` takes CUDA, then MPS, then the CPU.

    Raises:
        DeviceError: A device asked for by name is not there; nothing else is taken in its place.
        UsageError: The name means no device.
    """
    import torch

    check_device_name(wanted)
    if wanted == "auto":
        return torch.device(_best_there_is())
    if wanted == "mps" and not torch.backends.mps.is_available():
        raise DeviceError("device mps is not there", "take --device auto or cpu")
    if wanted.startswith("cuda"):
        _check_cuda(wanted)
    return torch.device(wanted)


def _best_there_is() -> str:
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _check_cuda(wanted: str) -> None:
    import torch

    if not torch.cuda.is_available():
        raise DeviceError(f"device {wanted} is not there: torch finds no CUDA", "take --device auto or cpu")
    _, _, number = wanted.partition(":")
    if number and int(number) >= torch.cuda.device_count():
        raise DeviceError(
            f"device {wanted} is not there: torch finds {torch.cuda.device_count()} CUDA devices",
            "count from cuda:0",
        )


def free_memory(device: torch.device) -> int:
    """Return the bytes a tile may use on `device` now."""
    import psutil
    import torch

    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        cached = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return int(free + cached)
    # MPS shares the machine's memory.
    return int(psutil.virtual_memory().available)


def describe(device: torch.device) -> str:
    """Return the device's name for people, such as `cuda:0 (NVIDIA H200)` or `cpu (2 threads)`."""
    import torch

    if device.type == "cuda":
        index = torch.cuda.current_device() if device.index is None else device.index
        return f"cuda:{index} ({torch.cuda.get_device_name(index)})"
    if device.type == "cpu":
        threads = torch.get_num_threads()
        return f"cpu ({threads} thread{'s' if threads != 1 else ''})"
    return str(device)
