"""What running a network takes, and telling that there was too little."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from gantool.inference.device import free_memory
from gantool.inference.precision import Precision, torch_dtype
from gantool.inference.tilesize import LIVE_FEATURE_MAPS, Machine

if TYPE_CHECKING:
    import torch

    from gantool.task import Enhancer

# The CPU's allocator raises a plain RuntimeError; these are its words on Linux, and on Windows and macOS.
CPU_ALLOCATOR = ("can't allocate memory", "not enough memory")
# What CUDA's libraries say of the same, not through torch's allocator.
CUDA_ALLOCATOR = ("CUDA error: out of memory", "CUBLAS_STATUS_ALLOC_FAILED", "CUDNN_STATUS_ALLOC_FAILED")
# After any other error of these the context is dead: every further call fails with it.
LOST = ("CUDA error", "CUBLAS_STATUS_", "CUDNN_STATUS_", "MPS backend error", "HIP error")


def machine_for(enhancer: Enhancer, device: torch.device, precision: Precision) -> Machine:
    """Return what the choice of a tile size needs to know."""
    return Machine(
        free=free_memory(device),
        is_gpu=device.type != "cpu",
        bytes_per_pixel=_bytes_per_pixel(enhancer, torch_dtype(precision).itemsize),
    )


def _bytes_per_pixel(enhancer: Enhancer, itemsize: int) -> int:
    """Estimate the bytes of feature maps and output per input pixel: by the widest layer, at full size."""
    widest = max((p.shape[0] for p in enhancer.module.parameters() if p.dim() == 4), default=64)
    features = LIVE_FEATURE_MAPS * (enhancer.geometry.features or widest) * itemsize
    # The output leaves in float32, and is copied once while it is rounded.
    output = 2 * 4 * enhancer.channels * enhancer.geometry.scale**2
    return features + output


def is_out_of_memory(error: RuntimeError) -> bool:
    """Tell whether `error` is an allocator's."""
    import torch

    known = (*CPU_ALLOCATOR, *CUDA_ALLOCATOR)
    return isinstance(error, torch.OutOfMemoryError) or any(words in str(error) for words in known)


def is_lost_device(error: RuntimeError) -> bool:
    """Tell whether `error` says that the device itself failed."""
    import torch

    kind = getattr(torch, "AcceleratorError", None)  # since torch 2.9
    return (kind is not None and isinstance(error, kind)) or any(words in str(error) for words in LOST)


def release(device: torch.device) -> None:
    """Give back what a failed attempt left in caches."""
    import torch

    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()
