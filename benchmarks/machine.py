"""What every benchmark prints: machine, date, command; and the matrix rate of the machine."""

from __future__ import annotations

import datetime
import platform
import time
from pathlib import Path

import torch


def stamp(command: str) -> str:
    """Return a line with machine, threads, torch and date, and the command."""
    day = datetime.datetime.now(datetime.UTC).date().isoformat()
    cpu = cpu_name()
    threads = torch.get_num_threads()
    return f"`python {command}`, {day}, {cpu}, {threads} threads, torch {torch.__version__}\n"


def cpu_name() -> str:
    """Return the processor's name where Linux tells it."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def matrix_rate(device: torch.device, dtype: torch.dtype = torch.bfloat16) -> float:
    """Return the best GFLOP/s of square matrix products of 1024, 2048 and 4096."""
    return max(_rate(side, device, dtype) for side in (1024, 2048, 4096))


def _rate(side: int, device: torch.device, dtype: torch.dtype) -> float:
    a, b = (torch.randn(side, side, device=device, dtype=dtype) for _ in range(2))
    repeats = max(2, 6 * (1024 // side) ** 3)
    _ = a @ b
    _wait(device)
    started = time.perf_counter()
    for _ in range(repeats):
        _ = a @ b
    _wait(device)
    return 2 * side**3 * repeats / (time.perf_counter() - started) / 1e9


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()
