"""Whether a checkpoint of another project holds plain tensors, and no more of them than its file can hold."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from gantool.errors import Code, WeightError
from gantool.paths import size

if TYPE_CHECKING:
    from torch import Tensor

_TYPES = re.compile(r"torch\.(bool|u?int(8|16|32|64)|b?float(16|32|64)|float8_\w+|complex64)")
_SPARE = 1 << 26
"""Bytes beyond twice a file's own, for what is packed well or shown several times for good reasons."""


def check_packed(source: Path) -> None:
    """Raise WeightError where a packed file unpacks to far more than it is: a few bytes can mean gigabytes.

    torch packs nothing itself, but its loader unpacks, each record whole into memory.
    """
    try:
        with zipfile.ZipFile(source) as packed:
            total = sum(record.file_size for record in packed.infolist())
    except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile):
        return  # Of an older form, or damaged: the loader says so.
    _check_total(source, total)


def check_plain(source: Path, tensors: Mapping[str, Tensor]) -> None:
    """Raise WeightError for what is more than numbers in their order, and for too much of it.

    Sparse, quantized and nested tensors, and those without data, load like others and fail wherever they are
    used. One number shown many times takes no memory until it is copied.
    """
    for name, tensor in tensors.items():
        if problem := _problem(tensor):
            raise WeightError(
                f"{source}: tensor {name!r} is {problem}, not plain numbers", "save it as a dense tensor"
            )
    _check_total(source, sum(tensor.numel() * tensor.element_size() for tensor in tensors.values()))


def _problem(tensor: Tensor) -> str:
    """Return what is odd about a tensor, or nothing."""
    if tensor.is_nested:
        return "nested"
    if str(tensor.layout) != "torch.strided":
        return str(tensor.layout)
    if tensor.device.type != "cpu":
        return f"of device {tensor.device}"
    return "" if _TYPES.fullmatch(str(tensor.dtype)) else str(tensor.dtype)


def _check_total(source: Path, total: int) -> None:
    if total > 2 * size(source) + _SPARE:
        raise WeightError(
            f"{source} takes {total:,} bytes once it is read, far more than it holds",
            "save its tensors as safetensors if you trust it",
            Code.WEIGHT_REFUSED,
        )
