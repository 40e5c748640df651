"""Options of `enhance inpaint` and what weights they name. Torch-free."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What a weight was trained for."""

    photo = "photo"
    fidelity = "fidelity"


def weight_id(kind: Kind) -> str:
    """Return the id under which the store keeps this weight, such as `inpaint-photo`."""
    return f"inpaint-{kind.value}"
