from __future__ import annotations

import pytest
import torch

from gantool.errors import UsageError
from gantool.sampling.latents import Edit, Wish, normal_latents

from .toys import Full, Plain, session


def test_a_latent_depends_on_its_number_and_seed_alone() -> None:
    many = normal_latents(range(200), 5, 16)
    assert torch.equal(normal_latents([130, 7, 130], 5, 16), many[[130, 7, 130]])
    assert not torch.equal(normal_latents([7], 6, 16), many[[7]])


def test_latents_are_normal() -> None:
    values = normal_latents(range(4000), 0, 8)
    assert abs(float(values.mean())) < 0.02
    assert abs(float(values.std()) - 1) < 0.02
    assert float((values[:64] * values[64:128]).mean()) == pytest.approx(0, abs=0.15)


def test_class_truncation_and_edits_come_in_this_order() -> None:
    sampler = Full()
    wish = Wish(3, label=2, truncation=0.5, edits=(Edit("class-c-a", 0.5), Edit("sefa-1", 1.0)))
    found = session(sampler).source(wish)([0, 9])
    drawn = normal_latents([0, 9], 3, 2)
    step = normal_latents(range(512), 0, 2)[:, 1].std()
    wanted = torch.stack((drawn[:, 0] / 2, drawn[:, 1] / 2 + step, torch.ones(2)), 1)
    assert torch.allclose(found, wanted, atol=1e-5)


def test_the_networks_own_truncation_holds_where_none_is_asked_for() -> None:
    sampler = Full()
    sampler.truncation = 0.5
    drawn = sampler.latents([4], 0)
    assert torch.allclose(session(sampler).source(Wish())([4]), sampler.truncated(drawn, 0.5))
    assert torch.equal(session(sampler).source(Wish(truncation=1.0))([4]), drawn)
    assert torch.equal(session(sampler).source(Wish(given=drawn))([0]), drawn)


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (Wish(label=1), "no class that is asked for"),
        (Wish(truncation=0.5), "no truncation"),
        (Wish(edits=(Edit("sefa-1", 1.0),)), "no directions"),
    ],
)
def test_what_a_sampler_does_not_offer_is_one_line(wish: Wish, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        session(Plain()).source(wish)
