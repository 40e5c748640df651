from __future__ import annotations

import pytest
import torch

from gantool.errors import PluginError, UsageError
from gantool.sampling.directions import direction, factorised

from .toys import CLASSES, Full


def test_factorised_directions_are_ordered_by_what_they_change() -> None:
    axes = factorised(torch.tensor([[0.0, -3.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]))
    assert torch.allclose(axes, torch.tensor([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]), atol=1e-6)


def test_no_unit_step_changes_the_first_layer_more_than_the_first_direction() -> None:
    weights = torch.randn(40, 6, generator=torch.Generator().manual_seed(0))
    first, *_, last = factorised(weights)
    others = torch.nn.functional.normalize(torch.randn(500, 6, generator=torch.Generator().manual_seed(1)))
    changes = (others @ weights.T).norm(dim=1)
    assert float((weights @ first).norm()) >= float(changes.max())
    assert float((weights @ last).norm()) <= float(changes.min())


def test_a_class_direction_leads_from_the_first_to_the_second() -> None:
    assert torch.allclose(direction(Full(), CLASSES, "class-a-c"), torch.tensor([[0.0, 0.0, 2.0]]), atol=1e-6)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("class-a-d", "class-A-B with A and B of a, b, c"),
        ("class-a-a", "there is no direction"),
        ("sefa-0", "sefa-1 to sefa-2"),
        ("sefa-3", "sefa-1 to sefa-2"),
        ("sefa-x", "sefa-1 to sefa-2"),
        ("smile", "there are sefa-1, sefa-2"),
    ],
)
def test_unknown_directions_are_one_line(name: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        direction(Full(), CLASSES, name)


def test_weights_that_fit_no_latent_are_the_plugins_fault() -> None:
    class Wrong(Full):
        def first_weights(self) -> torch.Tensor:
            return torch.ones(4, 2)

    with pytest.raises(PluginError, match="a latent has 3 values"):
        direction(Wrong(), CLASSES, "sefa-1")
