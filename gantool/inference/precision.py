"""Which number format the network computes in, and the ladder it climbs when that one overflows."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn


class Precision(StrEnum):
    """A number format; `AUTO` stands for the fastest safe one of the device."""

    AUTO = "auto"
    FP32 = "fp32"
    BF16 = "bf16"
    FP16 = "fp16"

    @property
    def above(self) -> Precision | None:
        """The next rung of the ladder fp16, bf16, fp32, or None at its top.

        bf16 has the range of fp32, so that it holds what overflows in fp16.
        """
        return {Precision.FP16: Precision.BF16, Precision.BF16: Precision.FP32}.get(self)


def choose_precision(wanted: Precision, device: torch.device) -> Precision:
    """Return `wanted`, or for `AUTO` the format in which `device` is fastest and safe.

    bf16 on CPUs with AVX512-BF16 or AMX (about three times the rate of fp32) and on GPUs with bf16
    units; fp16 on GPUs that have only that; fp32 else, MPS included.
    """
    if wanted is not Precision.AUTO:
        return wanted
    if device.type == "cpu":
        return Precision.BF16 if _cpu_has_bf16() else Precision.FP32
    return _fastest_of_cuda(device) if device.type == "cuda" else Precision.FP32


def _cpu_has_bf16() -> bool:
    import torch

    # Torch has no public name for these. Emulated bf16 is slower than fp32, so only the units count.
    checks = (getattr(torch.cpu, f"_is_{unit}_supported", None) for unit in ("avx512_bf16", "amx_tile"))
    return any(check() for check in checks if check is not None)


def _fastest_of_cuda(device: torch.device) -> Precision:
    import torch

    major, _ = torch.cuda.get_device_capability(device)
    # Tensor cores compute fp16 from Volta (7) and bf16 from Ampere (8) on.
    return Precision.BF16 if major >= 8 else Precision.FP16 if major >= 7 else Precision.FP32


def torch_dtype(precision: Precision) -> torch.dtype:
    """Return the torch type of a rung."""
    import torch

    return {
        Precision.FP32: torch.float32,
        Precision.BF16: torch.bfloat16,
        Precision.FP16: torch.float16,
    }[precision]


class Rungs:
    """A module whose weights can be swapped between precisions, each converted once.

    The tensors inside the module's own parameters and buffers are exchanged, so that whoever holds
    the module sees the change and no weight is lost by going down and up the ladder.
    """

    def __init__(self, module: nn.Module, device: torch.device) -> None:
        """Move `module` to `device`, in channels-last order."""
        self._module = module.to(device).eval()
        self._slots = [*module.parameters(), *module.buffers()]
        self._copies = {Precision.FP32: [_channels_last(slot.data) for slot in self._slots]}
        self.use(Precision.FP32)

    def use(self, precision: Precision) -> None:
        """Put the weights of `precision` in place; integer buffers stay as they are."""
        if precision not in self._copies:
            dtype = torch_dtype(precision)
            self._copies[precision] = [_converted(tensor, dtype) for tensor in self._copies[Precision.FP32]]
        for slot, tensor in zip(self._slots, self._copies[precision], strict=True):
            slot.data = tensor


def _channels_last(tensor: Tensor) -> Tensor:
    import torch

    return tensor.contiguous(memory_format=torch.channels_last) if tensor.dim() == 4 else tensor


def _converted(tensor: Tensor, dtype: torch.dtype) -> Tensor:
    return tensor.to(dtype) if tensor.is_floating_point() else tensor
