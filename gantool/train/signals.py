"""The rules of health: from a history of windows to one finding for each signal. Torch-free.

Every sentence ends in a remedy that names a flag. A rule returns None where its figures are not
measured, so that a run without a discriminator hears nothing about one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from statistics import median

from gantool.train.game import GAME_TERMS, Game, GameSettings
from gantool.train.health import ENOUGH, LENGTH, Finding, History, Light, Read, Signal, Window
from gantool.train.trends import FEWEST, lasting, smoothed, swings

LONG = 5
"""Windows after which a lasting state counts."""
NARROW, DIVERSE = 0.3, 0.5
"""Spreads over those of real pictures: below the one modes are missing, above the other hardly."""
GROWTH = 4.0
"""Swings that are this much wider than before count; noise of the same length hardly gets there."""


def judge(history: History, game: GameSettings) -> tuple[Finding, ...]:
    """Return a finding for each signal that can be judged from what was measured."""
    rules: tuple[Callable[[History, GameSettings], Finding | None], ...] = (
        _discriminator,
        _logits,
        _gradients,
        _updates,
        _diversity,
        _losses,
        _oscillation,
        _skipped,
        _waiting,
    )
    if not history.windows:
        return ()
    found = (rule(history, game) for rule in rules)
    return tuple(finding for finding in found if finding is not None)


def worst(findings: Iterable[Finding | None]) -> Finding | None:
    """Return the finding with the worst light, a diverging one before others of its light."""
    real = [finding for finding in findings if finding is not None]
    return max(real, key=lambda one: (one.light, one.diverging), default=None)


def _discriminator(history: History, game: GameSettings) -> Finding | None:
    """D's accuracy on real and made pictures; a critic whose zero means nothing is judged by its gap."""
    if history.latest(_accuracy) is None:
        return None
    wins = history.held(_weaker_accuracy, lambda value: value > 0.98)
    if wins >= LONG:
        light = Light.red if wins >= 2 * LONG else Light.yellow
        return Finding(light, Signal.discriminator, f"D wins everywhere: {_hold_back(game)}")
    chance = history.held(_accuracy, lambda value: 0.45 < value < 0.55)
    moving = history.held(lambda window: window.update_ratio_g, lambda value: value > 1e-5)
    if min(chance, moving) >= LONG:
        remedy = "raise --lr-d or --n-critic, unless the samples are good already"
        return Finding(Light.yellow, Signal.discriminator, f"D is at chance while G moves: {remedy}")
    return Finding(Light.green, Signal.discriminator)


def _logits(history: History, game: GameSettings) -> Finding | None:
    """Logit means running away; only their distance counts where the loss is blind to a common shift."""
    read = _gap if game.game is Game.wasserstein or game.is_relative else _largest_logit
    value, times = history.latest(read), history.times_median(read)
    if value is None:
        return None
    remedy = _hold_back(game)
    if abs(value) > 100 and times is not None and times > 10:
        said = f"logits run away ({value:.3g}, {times:.0f} times their median): {remedy}"
        return Finding(Light.red, Signal.logits, said, diverging=True)
    if abs(value) > 30 and game.game is not Game.wasserstein:
        return Finding(Light.yellow, Signal.logits, f"logits are large ({value:.3g}): {remedy}")
    return Finding(Light.green, Signal.logits)


def _gradients(history: History, game: GameSettings) -> Finding | None:
    """Gradient norms against their own running median."""
    return worst(
        (
            _gradient(
                "G", history, lambda window: window.grad_norm_g, "lower --lr or bound them with --clip 1"
            ),
            _gradient("D", history, lambda window: window.grad_norm_d, _hold_back(game)),
        )
    )


def _gradient(name: str, history: History, read: Read, remedy: str) -> Finding | None:
    value, times = history.latest(read), history.times_median(read)
    if value is None:
        return None
    if times is not None and times > 10:
        said = f"{name}'s gradients are {times:.0f} times their median: {remedy}"
        far = times > 100 and value > 10  # a discriminator that wakes from chance comes from next to nothing
        return Finding(Light.red if far else Light.yellow, Signal.gradients, said, diverging=far)
    if value < 1e-8 or (times is not None and times < 1e-3):
        part = f"{value:.1e}" if times is None else f"{times:.0e} of their median"
        said = f"{name}'s gradients vanish ({part}): {_revive(name, _has_game(history))}"
        return Finding(Light.yellow, Signal.gradients, said)
    return Finding(Light.green, Signal.gradients)


def _revive(name: str, has_game: bool) -> str:
    if name == "D":
        return "raise --lr-d"
    if has_game:
        return "lower --lr-d, raise --r1 or take another --game"
    return "unless it is done, begin anew with a lower --lr"


def _updates(history: History, game: GameSettings) -> Finding | None:
    """Norm of an update over norm of the weights; 1e-4 to 1e-2 is common, a tenth and more destroys."""
    return worst(
        (
            _update("G", history, lambda window: window.update_ratio_g, "--lr"),
            _update("D", history, lambda window: window.update_ratio_d, "--lr-d"),
        )
    )


def _update(name: str, history: History, read: Read, flag: str) -> Finding | None:
    value = history.latest(read)
    if value is None:
        return None
    if value > 0.05:
        far = value > 0.5
        said = f"a step moves {name}'s weights by {value:.0%} of their norm: lower {flag}"
        return Finding(Light.red if far else Light.yellow, Signal.updates, said, diverging=far)
    # At the ends of the schedule small updates are meant.
    if value < 1e-6 and history.windows[-1].rate > 0.1:
        return Finding(
            Light.yellow, Signal.updates, f"{name} hardly moves ({value:.1e} a step): raise {flag}"
        )
    return Finding(Light.green, Signal.updates)


def _diversity(history: History, game: GameSettings) -> Finding | None:
    """Mode collapse: made pictures differ from each other far less than real ones do.

    Without a game, narrow pictures are no collapse but an early stage.
    """
    levels = _levels(history)
    if not levels:
        return None
    level, low = levels[-1], lasting(levels, NARROW)
    fell = low > 0 and max(levels) > DIVERSE
    said = f"made pictures differ {level:.2f} times as much as real ones: {_diversify(game)}"
    if fell or low >= LONG:
        return Finding(Light.red, Signal.diversity, f"G collapses, {said}", fell or low >= 2 * LONG)
    falling = len(levels) > ENOUGH and level < 0.6 * min(1.0, median(levels[:-1]))
    if low >= 3 or falling or lasting(levels, DIVERSE) >= LONG:
        return Finding(Light.yellow, Signal.diversity, said)
    return Finding(Light.green, Signal.diversity)


def is_diverse(history: History) -> bool:
    """Return whether no modes seem to be missing: pictures differ enough, or have long differed so much."""
    levels = _levels(history)
    steady = len(levels) == LENGTH and min(levels) > NARROW and max(levels) < DIVERSE
    return not levels or levels[-1] > DIVERSE or steady


def _levels(history: History) -> list[float]:
    """Return the spread over the real one's, window by window; none where there is no game."""
    if not _has_game(history) or history.latest(_spread) is None:
        return []
    return smoothed(history.values(_spread))


def _losses(history: History, game: GameSettings) -> Finding | None:
    """Losses with a fixed target against their own median; those of the game may rise and fall."""
    return worst(_loss(name, history) for name in history.windows[-1].losses if name not in GAME_TERMS)


def _loss(name: str, history: History) -> Finding:
    times = history.times_median(_loss_named(name))
    if times is None or times < 5:
        return Finding(Light.green, Signal.losses)
    far = times > 50
    said = f"the loss {name} is {times:.0f} times its median: lower --lr"
    return Finding(Light.red if far else Light.yellow, Signal.losses, said, diverging=far)


def _oscillation(history: History, game: GameSettings) -> Finding | None:
    """Losses that swing from window to window, ever farther."""
    series = {name: history.values(_loss_named(name)) for name in history.windows[-1].losses}
    if not any(len(values) >= FEWEST for values in series.values()):
        return None
    growing = {name: swings(values) for name, values in series.items()}
    name = max(growing, key=lambda one: growing[one])
    if growing[name] > GROWTH:
        remedy = "lower --lr and --lr-d" if _has_game(history) else "lower --lr"
        said = f"the loss {name} swings, {growing[name]:.1f} times wider than before: {remedy}"
        return Finding(Light.yellow, Signal.oscillation, said)
    return Finding(Light.green, Signal.oscillation)


def _skipped(history: History, game: GameSettings) -> Finding | None:
    window = history.windows[-1]
    if not window.skipped:
        return Finding(Light.green, Signal.skipped)
    light = Light.red if window.skipped > 0.1 * window.steps else Light.yellow
    said = (
        f"{window.skipped} of {window.steps} steps were not finite and skipped: lower --lr or use --amp fp32"
    )
    return Finding(light, Signal.skipped, said)


def _waiting(history: History, game: GameSettings) -> Finding | None:
    share = median(window.waiting for window in history.windows[-3:])
    if share <= 0.02:
        return Finding(Light.green, Signal.waiting)
    light = Light.red if share > 0.2 else Light.yellow
    said = f"steps wait {share:.0%} of the time for data: raise --memory or use a faster disk"
    return Finding(light, Signal.waiting, said)


def _loss_named(name: str) -> Read:
    return lambda window: window.losses.get(name)


def _hold_back(game: GameSettings) -> str:
    """Return what weakens this game's discriminator."""
    if game.game is Game.wasserstein:
        return "lower --lr-d or --n-critic"
    return f"raise --r1 (now {game.r1:g}) or lower --lr-d"


def _diversify(game: GameSettings) -> str:
    if game.game is Game.wasserstein:
        return "raise --n-critic or lower --lr"
    return "lower --lr" if game.r1 else "lower --lr or add --r1 1"


def _accuracy(window: Window) -> float | None:
    if window.accuracy_real is None or window.accuracy_fake is None:
        return None
    return 0.5 * (window.accuracy_real + window.accuracy_fake)


def _weaker_accuracy(window: Window) -> float | None:
    if window.accuracy_real is None or window.accuracy_fake is None:
        return None
    return min(window.accuracy_real, window.accuracy_fake)


def _largest_logit(window: Window) -> float | None:
    if window.logits_real is None or window.logits_fake is None:
        return None
    return max(window.logits_real, window.logits_fake, key=abs)


def _gap(window: Window) -> float | None:
    return window.gap


def _spread(window: Window) -> float | None:
    return window.diversity


def _has_game(history: History) -> bool:
    return history.latest(_accuracy) is not None
