"""PatchNCE, distances over features and edges, and losses that are computed when asked for."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as functional

from gantool_style_transfer.lazy import LazyLosses
from gantool_style_transfer.patch_nce import PLACES, PatchHeads, draw_places, patch_nce
from gantool_style_transfer.style_loss import edge_distance, grams, style_distance


def unit(*shape: int) -> torch.Tensor:
    torch.manual_seed(0)
    return functional.normalize(torch.randn(*shape), dim=-1)


def test_patches_that_are_themselves_are_found_and_shuffled_ones_are_not() -> None:
    keys = unit(2, 32, 16)
    itself, shuffled = patch_nce([keys], [keys]), patch_nce([keys.roll(1, 1)], [keys])
    assert float(itself) < 0.1 < 3 < float(shuffled)


def test_the_gradient_reaches_queries_alone() -> None:
    queries, keys = unit(1, 8, 4).requires_grad_(), unit(1, 8, 4).requires_grad_()
    patch_nce([queries], [keys]).backward()
    assert queries.grad is not None
    assert keys.grad is None


def test_heads_give_vectors_of_length_one_at_the_drawn_places() -> None:
    layers = [torch.rand(2, 6, 16, 16), torch.rand(2, 10, 4, 4)]
    places = draw_places(layers)
    assert [len(at) for at in places] == [PLACES, 16]
    assert len(set(places[0].tolist())) == PLACES
    found = PatchHeads((6, 10), width=5)(layers, places)
    assert [one.shape for one in found] == [(2, PLACES, 5), (2, 16, 5)]
    torch.testing.assert_close(found[0].norm(dim=2), torch.ones(2, PLACES))


def test_style_does_not_see_where_things_are() -> None:
    features = {"tap": torch.rand(1, 4, 8, 8)}
    moved = {"tap": features["tap"].flip(3)}
    other = {"tap": torch.rand(1, 4, 8, 8) ** 4}
    assert float(style_distance(grams(moved), grams(features))) == pytest.approx(0, abs=1e-10)
    assert float(style_distance(grams(other), grams(features))) > 0.1
    black = {"tap": torch.zeros(1, 4, 8, 8)}
    assert float(style_distance(grams(black), grams(features))) == pytest.approx(1)


def test_edges_may_have_other_colours_but_not_other_places() -> None:
    photo = torch.zeros(1, 3, 32, 32)
    photo[:, :, 8:24, 8:24] = 1
    assert float(edge_distance(1 - photo, photo)) == pytest.approx(0, abs=1e-5)
    assert float(edge_distance(photo.roll(5, 3), photo)) > 0.2


def test_the_edges_gradient_is_finite_where_nothing_is() -> None:
    flat = torch.full((1, 3, 16, 16), 0.5, requires_grad=True)
    edge_distance(flat, torch.rand(1, 3, 16, 16)).backward()
    assert flat.grad is not None
    assert bool(flat.grad.isfinite().all())


def test_a_loss_is_computed_when_it_is_looked_up() -> None:
    asked = []

    def make(name: str) -> torch.Tensor:
        asked.append(name)
        return torch.ones(())

    losses = LazyLosses({"a": lambda: make("a"), "b": lambda: make("b")})
    assert ("a" in losses, "c" in losses, list(losses), len(losses)) == (True, False, ["a", "b"], 2)
    assert asked == []
    assert float(losses["b"]) == 1
    assert asked == ["b"]
