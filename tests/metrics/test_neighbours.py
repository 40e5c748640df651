"""Precision, recall, density and coverage on points of a line, where they can be counted by hand."""

from __future__ import annotations

import pytest
import torch

from gantool.metrics.neighbours import nearest, nearest_distances, neighbourhoods, radii

REAL = torch.tensor([[0.0], [1.0], [2.0], [10.0]])


def test_radii_reach_to_the_neighbour_that_is_counted() -> None:
    assert radii(REAL, 1).tolist() == [1.0, 1.0, 1.0, 8.0]
    assert radii(REAL, 2).tolist() == [2.0, 1.0, 2.0, 9.0]
    assert radii(REAL[:2], 2, among=REAL).tolist() == [2.0, 1.0]


def test_the_nearest_come_first() -> None:
    made = torch.tensor([[0.9], [7.0]])
    assert nearest(made, REAL, 2).tolist() == [[1, 0], [3, 2]]
    assert nearest_distances(made, REAL).tolist() == pytest.approx([0.1, 3.0])


def test_figures_counted_by_hand() -> None:
    """With k = 1 the real spheres are [-1, 1], [0, 2], [1, 3] and [2, 18].

    0.5 lies in two of them, 2.5 in two, 2.6 in two and 30 in none. The made spheres are [-1.5, 2.5],
    [2.4, 2.6], [2.5, 2.7] and [2.6, 57.4]: 0, 1 and 2 lie in the first, 10 in the last.
    """
    made = torch.tensor([[0.5], [2.5], [2.6], [30.0]])
    found = neighbourhoods(REAL, made, neighbours=1)
    assert found.precision == 0.75
    assert found.density == pytest.approx(6 / 4)
    assert found.coverage == 1.0
    assert found.recall == 1.0


def test_a_collapsed_generator_has_precision_and_no_recall() -> None:
    rng = torch.Generator().manual_seed(0)
    real = torch.randn(300, 4, generator=rng)
    made = 0.01 * torch.randn(300, 4, generator=rng)
    found = neighbourhoods(real, made)
    assert found.precision > 0.99
    assert found.recall < 0.01
    assert found.coverage < 0.3
    assert found.density > 1.2


def test_sets_of_one_kind_are_like_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gantool.metrics.neighbours.ROWS", 64)
    rng = torch.Generator().manual_seed(0)
    real, made = torch.randn(2, 300, 4, generator=rng)
    found = neighbourhoods(real, made)
    assert found.density == pytest.approx(1.0, abs=0.1)
    assert min(found.precision, found.recall, found.coverage) > 0.8
