"""What a launcher of several processes (`torchrun`) says in the environment. Torch-free."""

from __future__ import annotations

import os
from dataclasses import dataclass

from gantool.errors import UsageError

_NEEDED = ("RANK", "MASTER_ADDR", "MASTER_PORT")
_REMEDY = "start several processes by torchrun, or unset WORLD_SIZE for one"


@dataclass(frozen=True)
class Ranks:
    """This process's rank among `world` processes, and its number on this machine; rank 0 writes."""

    rank: int
    world: int
    local: int

    @property
    def writes(self) -> bool:
        """Return whether this process writes logs, samples and checkpoints."""
        return self.rank == 0

    def part(self, batch: int) -> slice:
        """Return this process's share of a global batch of `batch * world` samples."""
        return slice(self.rank * batch, (self.rank + 1) * batch)


def launch() -> Ranks:
    """Read the environment; a plain run is rank 0 of 1.

    Raises:
        UsageError: several processes are spoken of, and the rest is missing or no number.
    """
    world = _number("WORLD_SIZE", 1)
    missing = [name for name in _NEEDED if name not in os.environ]
    if world > 1 and missing:
        raise UsageError(f"WORLD_SIZE is {world}, without {', '.join(missing)}", _REMEDY)
    return Ranks(_number("RANK", 0), world, _number("LOCAL_RANK", 0))


def _number(name: str, default: int) -> int:
    text = os.environ.get(name, str(default))
    try:
        return int(text)
    except ValueError:
        raise UsageError(f"{name} is {text!r} in the environment, no number", _REMEDY) from None
