"""Each finding is provoked by made-up windows, and a healthy run hears nothing."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from gantool.train.game import Game, GameSettings
from gantool.train.health import LENGTH, Finding, History, Light, Signal, Window
from gantool.train.signals import is_diverse, judge
from gantool.train.trends import swings

GAME = GameSettings()
HEALTHY = Window(
    steps=100,
    losses={"pixel": 0.1, "gan": 0.7, "d": 1.3},
    logits_real=0.5,
    logits_fake=-0.5,
    accuracy_real=0.7,
    accuracy_fake=0.75,
    grad_norm_g=1.0,
    grad_norm_d=2.0,
    update_ratio_g=1e-3,
    update_ratio_d=1e-3,
    spread_fake=0.2,
    spread_real=0.22,
)
PLAIN = Window(steps=100, losses={"pixel": 0.1}, grad_norm_g=1.0, update_ratio_g=1e-3)


def history_of(*windows: Window) -> History:
    history = History()
    for window in windows:
        history = history.grown(window)
    return history


def found(signal: Signal, *windows: Window, game: GameSettings = GAME) -> Finding:
    (finding,) = [one for one in judge(history_of(*windows), game) if one.signal is signal]
    return finding


def noisy(window: Window, rng: random.Random) -> Window:
    def near(value: float | None) -> float:
        assert value is not None
        return value * rng.uniform(0.7, 1.3)

    return replace(
        window,
        losses={name: near(value) for name, value in window.losses.items()},
        grad_norm_g=near(window.grad_norm_g),
        grad_norm_d=near(window.grad_norm_d),
        spread_fake=near(window.spread_fake),
        logits_real=near(window.logits_real),
    )


@pytest.mark.parametrize("seed", range(20))
def test_a_healthy_run_shows_nothing_but_green(seed: int) -> None:
    rng = random.Random(seed)
    history = History()
    for _ in range(3 * LENGTH):
        history = history.grown(noisy(HEALTHY, rng))
        findings = judge(history, GAME)
        assert {finding.signal for finding in findings} >= set(Signal) - {Signal.oscillation}
        assert [one for one in findings if one.light is not Light.green] == []


def test_nothing_is_said_before_the_first_window() -> None:
    assert judge(History(), GAME) == ()


def test_without_a_discriminator_only_what_applies_is_judged() -> None:
    findings = judge(history_of(*[PLAIN] * 12), GAME)
    expected = {Signal.gradients, Signal.updates, Signal.losses, Signal.oscillation, Signal.skipped}
    assert {finding.signal for finding in findings} == expected | {Signal.waiting}
    assert all(finding.light is Light.green for finding in findings)


WINS = replace(HEALTHY, accuracy_real=1.0, accuracy_fake=0.99)
NARROW = replace(HEALTHY, spread_fake=0.01)
LESS = replace(HEALTHY, spread_fake=0.09)
CHANCE = replace(HEALTHY, accuracy_real=0.9, accuracy_fake=0.1)


@pytest.mark.parametrize(
    ("signal", "windows", "light", "says"),
    [
        (Signal.discriminator, [WINS] * 5, Light.yellow, r"D wins everywhere: raise --r1 .* lower --lr-d"),
        (Signal.discriminator, [WINS] * 10, Light.red, "D wins everywhere"),
        (Signal.discriminator, [WINS] * 4, Light.green, ""),
        (Signal.discriminator, [CHANCE] * 5, Light.yellow, "D is at chance while G moves: raise --lr-d"),
        (Signal.logits, [replace(HEALTHY, logits_fake=-45.0)], Light.yellow, "logits are large"),
        (Signal.logits, [*[HEALTHY] * 4, replace(HEALTHY, logits_fake=-900.0)], Light.red, "logits run away"),
        (Signal.gradients, [*[HEALTHY] * 4, replace(HEALTHY, grad_norm_g=30.0)], Light.yellow, "G's.*--clip"),
        (Signal.gradients, [*[HEALTHY] * 4, replace(HEALTHY, grad_norm_d=3e3)], Light.red, "D's.*--lr-d"),
        (Signal.gradients, [*[HEALTHY] * 4, replace(HEALTHY, grad_norm_g=1e-4)], Light.yellow, "G's.*vanish"),
        (Signal.gradients, [replace(HEALTHY, grad_norm_d=1e-9)], Light.yellow, "D's gradients vanish"),
        (Signal.gradients, [replace(PLAIN, grad_norm_g=1e-9)], Light.yellow, "begin anew with a lower --lr$"),
        (Signal.updates, [replace(HEALTHY, update_ratio_g=0.2)], Light.yellow, "20% .*lower --lr$"),
        (Signal.updates, [replace(HEALTHY, update_ratio_d=0.9)], Light.red, "90% .*lower --lr-d"),
        (Signal.updates, [replace(HEALTHY, update_ratio_g=1e-8)], Light.yellow, "G hardly moves.*raise --lr"),
        (Signal.diversity, [*[HEALTHY] * 4, *[LESS] * 2], Light.yellow, "0.41 times"),
        (Signal.diversity, [HEALTHY, NARROW, NARROW], Light.red, "collapses.*add --r1"),
        (Signal.diversity, [NARROW] * 5, Light.red, "G collapses"),
        (
            Signal.losses,
            [*[PLAIN] * 4, replace(PLAIN, losses={"pixel": 0.8})],
            Light.yellow,
            "pixel is 8 times",
        ),
        (Signal.losses, [*[PLAIN] * 4, replace(PLAIN, losses={"pixel": 9.0})], Light.red, "lower --lr"),
        (Signal.skipped, [replace(PLAIN, skipped=3)], Light.yellow, "3 of 100 steps.*--amp fp32"),
        (Signal.skipped, [replace(PLAIN, skipped=30)], Light.red, "30 of 100"),
        (Signal.waiting, [replace(PLAIN, waiting=0.05)], Light.yellow, "wait 5% of the time.*--memory"),
        (Signal.waiting, [replace(PLAIN, waiting=0.5)], Light.red, "wait 50%"),
    ],
)
def test_each_finding_is_provoked(signal: Signal, windows: list[Window], light: Light, says: str) -> None:
    finding = found(signal, *windows)
    assert finding.light is light
    assert re.search(says, finding.sentence), finding.sentence


def _pixel(step: int) -> float:
    return 1.0 + 0.01 * 1.6**step * (-1.0) ** (step % 2)


def _gan(step: int) -> float:
    return 1.0 + 0.5 * (-1.0) ** (step % 2)


@pytest.mark.parametrize(
    ("name", "series", "light"), [("pixel", _pixel, Light.yellow), ("gan", _gan, Light.green)]
)
def test_growing_swings_oscillate_and_steady_ones_do_not(
    name: str, series: Callable[[int], float], light: Light
) -> None:
    windows = [replace(PLAIN, losses={name: series(step)}) for step in range(14)]
    finding = found(Signal.oscillation, *windows)
    assert finding.light is light
    assert (name in finding.sentence) == (light is Light.yellow)


def test_a_trend_does_not_swing() -> None:
    assert swings([2.0**step for step in range(12)]) == 0.0
    assert swings([]) == 0.0
    assert swings([0.0] * 12) == 0.0


def test_only_what_makes_going_on_useless_diverges() -> None:
    def diverges(*windows: Window) -> bool:
        return any(one.diverging for one in judge(history_of(*windows), GAME))

    assert diverges(*[HEALTHY] * 4, replace(HEALTHY, grad_norm_g=1e4))
    assert diverges(replace(HEALTHY, update_ratio_g=40.0))
    assert diverges(HEALTHY, NARROW, NARROW)
    assert not diverges(*[NARROW] * 9)  # it never was diverse: nothing to go back to
    assert not diverges(*[WINS] * 16)
    assert not diverges(replace(HEALTHY, skipped=90, waiting=0.9))
    waking = [replace(HEALTHY, grad_norm_d=1e-3)] * 4
    assert not diverges(*waking, replace(HEALTHY, grad_norm_d=1.0))
    # A discriminator's loss may come back from next to nothing.
    quiet = replace(HEALTHY, losses={"d": 1e-5})
    assert not diverges(*[quiet] * 8, replace(HEALTHY, losses={"d": 2.0}))


@pytest.mark.parametrize("game", [Game.wasserstein, Game.relativistic])
def test_games_blind_to_a_common_shift_are_judged_by_the_gap(game: Game) -> None:
    settings = GameSettings(game=game, gradient_penalty=10.0 if game is Game.wasserstein else 0.0)
    shifted = replace(HEALTHY, logits_real=5000.5, logits_fake=4999.5)
    assert found(Signal.logits, *[HEALTHY] * 4, shifted, game=settings).light is Light.green
    apart = replace(HEALTHY, logits_real=5000.0, logits_fake=0.0)
    assert found(Signal.logits, *[HEALTHY] * 4, apart, game=settings).diverging


def test_one_narrow_batch_is_no_collapse() -> None:
    assert found(Signal.diversity, *[HEALTHY] * 4, NARROW, HEALTHY).light is Light.green


def test_checkpoints_are_good_where_modes_are_not_missing() -> None:
    steady = replace(HEALTHY, spread_fake=0.09)
    assert is_diverse(history_of())
    assert is_diverse(history_of(*[PLAIN] * 3))
    assert is_diverse(history_of(*[steady] * LENGTH))
    assert not is_diverse(history_of(*[steady] * 8))
    assert not is_diverse(history_of(*[HEALTHY] * 4, *[steady] * 4))
    assert not is_diverse(history_of(*[NARROW] * 4))
    without_game = replace(PLAIN, spread_fake=0.01, spread_real=0.2)
    assert is_diverse(history_of(*[without_game] * 12))
    assert Signal.diversity not in {one.signal for one in judge(history_of(*[without_game] * 12), GAME)}


def test_remedies_suit_the_game() -> None:
    critic = GameSettings(game=Game.wasserstein, gradient_penalty=10.0)
    assert "--r1" not in found(Signal.discriminator, *[WINS] * 5, game=critic).sentence
    held = GameSettings(r1=2.5)
    assert "now 2.5" in found(Signal.discriminator, *[WINS] * 5, game=held).sentence


SPARSE = [0.0, 0.0, 0.01, 0.0, 0.0, 0.02, 0.0, 0.0, 0.0, 0.01, 0.0, 0.0, 0.03]
"""A loss that is mostly 0, as `weave` is where every step is a log line."""


def of_weave(values: list[float]) -> list[Window]:
    return [replace(PLAIN, losses={"weave": value}) for value in values]


@pytest.mark.parametrize("before", [[0.0] * 15, [0.0] * 12 + [1e-4], SPARSE])
def test_a_loss_that_is_mostly_nothing_may_be_something(before: list[float]) -> None:
    assert found(Signal.losses, *of_weave([*before, 0.02])).light is Light.green


def test_a_loss_that_is_mostly_nothing_diverges_and_goes_on_doing_so() -> None:
    """Three log lines in a row roll a run back: what diverged must not become what is usual at once."""
    for after in ([5.0], [5.0, 9.0], [5.0, 9.0, 20.0]):
        finding = found(Signal.losses, *of_weave([*SPARSE, *after]))
        assert (finding.light, finding.diverging) == (Light.red, True)


def test_nothing_is_no_swing_to_compare_with() -> None:
    assert swings([0.0] * 8 + [0.01, 0.0] * 4) == 0.0


def test_a_schedule_that_ends_low_is_no_finding() -> None:
    ending = replace(HEALTHY, update_ratio_g=1e-8, update_ratio_d=1e-8, rate=1e-3)
    assert found(Signal.updates, ending).light is Light.green


def test_figures_that_are_not_finite_are_not_judged() -> None:
    nothing = replace(HEALTHY, grad_norm_g=float("nan"), grad_norm_d=float("inf"))
    assert Signal.gradients not in {one.signal for one in judge(history_of(nothing), GAME)}


def test_the_history_is_bounded_and_survives_json() -> None:
    windows = [replace(HEALTHY, steps=count) for count in range(LENGTH + 5)]
    history = history_of(*windows)
    assert [window.steps for window in history.windows] == list(range(5, LENGTH + 5))
    assert History.from_state(json.loads(json.dumps(history.state()))) == history
