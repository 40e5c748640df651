"""Losses that are computed when they are looked up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from torch import Tensor


class LazyLosses(Mapping[str, Tensor]):
    """Losses by name; the trainer looks up those that have a weight, and only these cost time."""

    def __init__(self, makers: Mapping[str, Callable[[], Tensor]]) -> None:
        self._makers = makers

    def __getitem__(self, name: str) -> Tensor:
        """Compute a loss."""
        return self._makers[name]()

    def __contains__(self, name: object) -> bool:
        """Return whether there is such a loss, without computing it."""
        return name in self._makers

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        return iter(self._makers)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._makers)
