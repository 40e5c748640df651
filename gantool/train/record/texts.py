"""Figures, times and ages as people read them."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime

from gantool.train.record.record import Record
from gantool.train.record.standing import Best


def figure_text(value: float | None) -> str:
    """Return a figure in five digits."""
    if value is None or not math.isfinite(value):
        return "none"
    return f"{value:,.0f}" if value.is_integer() and abs(value) >= 1000 else f"{value:.5g}"


def duration_text(seconds: float | None) -> str:
    """Return a duration as `47 s`, `38 min`, `5.2 h`, `31 h` or `3.1 d`."""
    if seconds is None:
        return "unknown"
    for unit, size, limit in (("s", 1.0, 90.0), ("min", 60.0, 90.0), ("h", 3600.0, 48.0)):
        if seconds < limit * size:
            count = seconds / size
            return f"{count:.1f} {unit}" if unit == "h" and count < 10 else f"{count:.0f} {unit}"
    return f"{seconds / 86400:.1f} d"


def age_text(written: float) -> str:
    """Return how long ago something was written."""
    return f"{duration_text(max(0.0, time.time() - written))} ago"


def time_text(seconds: float) -> str:
    """Return a time since 1970 as date and time in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


def budget_text(record: Record) -> str:
    """Return the budget: `of 100,000`, `of 2h`, or nothing."""
    if record.description.steps:
        return f"of {record.description.steps:,}"
    return f"of {record.description.time}" if record.description.time else ""


def best_text(best: Best | None) -> str:
    """Return the best validation as `psnr_y 28.33 at 13,000`."""
    return f"{best.figure} {figure_text(best.value)} at {best.step:,}" if best else "none yet"
