"""Batches drawn ahead: those of a step, whatever came before, and never two at a time."""

from __future__ import annotations

import threading
import time

import torch

from gantool.train.feed import Feed
from gantool.train.settings import Settings
from tests.train.test_step import ONE
from tests.train.toy import ToyBatch, ToyRecipe


class WatchedRecipe(ToyRecipe):
    def __init__(self) -> None:
        super().__init__(gan=False)
        self.lock = threading.Lock()
        self.at_once = False

    def batch(self, size: int, part: slice, rng: torch.Generator) -> ToyBatch:
        free = self.lock.acquire(blocking=False)
        self.at_once = self.at_once or not free
        time.sleep(0.02)
        if free:
            self.lock.release()
        return super().batch(size, part, rng)


def test_a_roll_back_waits_for_what_was_drawn_in_vain() -> None:
    recipe = WatchedRecipe()
    feed = Feed(recipe, Settings(steps=10, batch=2), ONE)
    feed.take(5)
    (rolled_back,) = feed.take(2, attempt=1)
    feed.close()
    other = Feed(recipe, Settings(steps=10, batch=2), ONE)
    (straight,) = other.take(2, attempt=1)
    other.close()
    assert not recipe.at_once
    assert torch.equal(rolled_back.given, straight.given)


class CastingRecipe(ToyRecipe):
    """Computes something in full precision while it draws."""

    def batch(self, size: int, part: slice, rng: torch.Generator) -> ToyBatch:
        with torch.autocast("cpu", enabled=False):
            return super().batch(size, part, rng)


def test_drawing_takes_no_converted_weights_from_the_step_beside_it() -> None:
    layer, image = torch.nn.Linear(4, 4), torch.rand(2, 4)
    feed = Feed(CastingRecipe(gan=False), Settings(steps=10, batch=2), ONE)

    def conversion() -> object:
        """Return the graph's node that converts the weight, one and the same as long as it is kept."""
        output: torch.Tensor = layer(image)
        assert output.grad_fn is not None
        return next(node for node, _ in output.grad_fn.next_functions if "Copy" in str(node))

    with torch.autocast("cpu", torch.bfloat16):
        first = conversion()
        feed.take(1)
        feed.take(2)
        assert conversion() is first
    feed.close()
