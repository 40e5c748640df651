from __future__ import annotations

import pytest

from gantool.errors import PluginError, UsageError
from gantool.train.config import resolve
from gantool.train.game import Augment, Game, GameSettings
from gantool.train.terms import Term, check_names, check_own, merged, plain_terms, read_term, written


@pytest.mark.parametrize(
    ("text", "name", "term"),
    [
        ("l1=1", "l1", Term(1.0)),
        ("perceptual=0.3@1000", "perceptual", Term(0.3, 1000)),
        ("ms-ssim=1e-2@10+20", "ms-ssim", Term(0.01, 10, 20)),
        ("perceptual=0.3/2", "perceptual", Term(0.3, samples=2)),
        ("perceptual=.3@5+6/2", "perceptual", Term(0.3, 5, 6, 2)),
    ],
)
def test_a_term_is_read_as_written(text: str, name: str, term: Term) -> None:
    assert read_term(text) == (name, term)
    assert read_term(f"{name}={written(term)}") == (name, term)


@pytest.mark.parametrize("text", ["l1", "l1=", "=1", "l1=x", "l1=1@", "l1=1@2+", "l1=-1", "l1=1@2.5"])
def test_what_is_no_term_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        read_term(text)


def test_a_term_comes_in_at_its_start_and_grows_to_its_weight() -> None:
    term = Term(2.0, start=10, ramp=3)
    assert [term.factor(step) for step in (0, 9, 10, 11, 12, 13, 99)] == [0, 0, 0.5, 1.0, 1.5, 2.0, 2.0]
    assert Term(2.0).factor(0) == 2.0


def test_flags_lie_over_the_file_over_the_task() -> None:
    defaults = {"charbonnier": 1.0, "perceptual": 0.3}
    terms = merged(defaults, {"perceptual": {"samples": 2}, "fft": 0.1}, ["charbonnier=0.5@7"])
    assert terms == {
        "charbonnier": Term(0.5, 7),
        "perceptual": Term(0.3, samples=2),
        "fft": Term(0.1),
    }
    assert {name: resolve(Term, [table]) for name, table in plain_terms(terms).items()} == terms


def test_unknown_losses_and_fields_name_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean perceptual"):
        check_names({"perceptal": Term(1.0)}, (), paired=True)
    with pytest.raises(UsageError, match="weight"):
        merged({}, {"l1": {"wieght": 1.0}}, ())
    with pytest.raises(UsageError, match="the loss 'l1' has no weight"):
        merged({}, {"l1": {"start": 3}}, ())
    assert merged({"l1": 2.0}, {"l1": {"start": 3}}, ()) == {"l1": Term(2.0, 3)}
    with pytest.raises(UsageError, match="unknown loss 'l1'"):
        check_names({"l1": Term(1.0)}, ("cycle",), paired=False)
    check_names({"cycle": Term(1.0)}, ("cycle",), paired=False)


def test_a_part_of_a_batch_is_refused_for_the_tasks_own_losses() -> None:
    """They get whole batches: that they look at two pictures would be said and not done."""
    check_names({"l1": Term(1.0, samples=2), "grid": Term(1.0)}, ("grid",), paired=True)
    with pytest.raises(UsageError, match=r"grid is the task's own.*leave /2 out"):
        check_names({"grid": Term(1.0, samples=2)}, ("grid",), paired=True)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("gan", "'gan' is called like a loss of the adversarial game"),
        ("feature_matching", "a loss of the adversarial game"),
        ("l1", "'l1' is called like a loss between pictures"),
        ("lr", "'lr' is called like a column of the log"),
        ("step", "a column of the log"),
        ("Dark", "'Dark' cannot be weighed by --loss"),
        ("a b", "cannot be weighed by --loss"),
    ],
)
def test_a_name_that_is_taken_is_refused_for_the_tasks_own_losses(name: str, says: str) -> None:
    """They would be dropped, stand in the place of others, or write over a column of the log."""
    with pytest.raises(PluginError, match=f"{says}.*; name it otherwise"):
        check_own(("grid", name), paired=True)


def test_a_task_without_targets_may_call_its_losses_like_those_between_pictures() -> None:
    check_own(("style", "perceptual", "path_length", "dark-channel"), paired=False)
    with pytest.raises(PluginError, match="adversarial game"):
        check_own(("gan",), paired=False)


def test_contradictions_of_a_game_are_refused() -> None:
    with pytest.raises(UsageError, match="choose one"):
        GameSettings(game=Game.wasserstein, clip_weights=0.01, gradient_penalty=10)
    with pytest.raises(UsageError, match="--gradient-penalty 10"):
        GameSettings(game=Game.wasserstein)
    with pytest.raises(UsageError, match=r"no labels .* or add --label-smoothing 0$"):
        GameSettings(game=Game.hinge, label_smoothing=0.1)
    with pytest.raises(UsageError, match=r"or add --label-smoothing 0 --label-flip 0$"):
        GameSettings(game=Game.hinge, label_smoothing=0.1, label_flip=0.1)


def test_a_games_table_is_typed() -> None:
    game = resolve(GameSettings, [{"game": "relativistic-hinge", "r1": 5, "augment": "diff"}])
    assert game == GameSettings(game=Game.relativistic_hinge, r1=5.0, augment=Augment.diff)
    with pytest.raises(UsageError, match="did you mean hinge"):
        resolve(GameSettings, [{"game": "hing"}])


@pytest.mark.parametrize("weight", [float("nan"), float("inf")])
def test_a_weight_is_finite(weight: float) -> None:
    with pytest.raises(UsageError, match="use a finite number"):
        merged({}, {"l1": weight}, ())
