"""What may wait before and behind the network.

Memory is bounded by bytes, not by pictures: a folder may mix thumbnails and posters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import psutil

from gantool.inference.engine import Engine

# What may wait before and behind the network, each, in bytes: a share of free memory, bounded.
WAITING_SHARE = 0.125
WAITING_LIMIT = 2 * 2**30

# A CPU that computes has no cores to spare, and one picture takes it longer than any codec.
CPU_THREADS = 1
GPU_THREADS = 6


@dataclass(frozen=True)
class Limits:
    """What the pipeline may take: threads on each side, bytes waiting on each side, pixels of an input."""

    threads: int
    waiting: int
    max_pixels: int


def limits_for(engines: Sequence[Engine], max_pixels: int) -> Limits:
    """Return the limits that suit the engines' device and the memory that is free now."""
    waiting = min(WAITING_LIMIT, int(psutil.virtual_memory().available * WAITING_SHARE))
    threads = CPU_THREADS if engines[0].device.type == "cpu" else GPU_THREADS
    return Limits(threads, waiting, max_pixels)
