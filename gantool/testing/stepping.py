"""One training step, as the trainer takes it, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from gantool.errors import GantoolError
from gantool.task import Recipe
from gantool.testing.tensors import finite, same
from gantool.testing.trial import CPU, Trial, networks_of
from gantool.train.contest import Moment
from gantool.train.players import make_players
from gantool.train.processes import Ranks
from gantool.train.step import Rules, StepReport, train_step
from gantool.train.terms import misnamed


def losses(trial: Trial) -> Iterator[str]:
    """See that settings and losses mean something, and that own losses come as declared."""
    for name in trial.train.own_losses:
        if why := misnamed(name, trial.train.paired):
            yield f"the loss {name!r} {why}: name it otherwise in Train.own_losses and Recipe.own_losses"
    try:
        trial.rules()
    except GantoolError as failure:
        yield f"what Train.settings, losses and game return is refused: {failure}"
        return
    recipe, batch = trial.recipe, trial.draw(trial.recipe)
    own = recipe.own_losses(batch, recipe.fake(recipe.generator, batch), recipe.generator)
    declared = set(trial.train.own_losses)
    for name in sorted(declared - set(own)):
        yield f"Train.own_losses declares {name!r}, which Recipe.own_losses does not return: return it"
    for name in sorted(set(own) - declared):
        yield f"Recipe.own_losses returns {name!r}, which would be left out: declare it in Train.own_losses"
    for name in sorted(declared - set(trial.terms)):
        yield f"the loss {name!r} has no weight: give it one in Train.losses, 0 where it is off by default"
    for name, value in own.items():
        if value.dim() or not finite(value):
            yield f"the loss {name!r} must be one finite number, not {value}"
        elif not value.requires_grad:
            yield f"the loss {name!r} does not depend on what the generator made: compute it from `fake`"


def step(trial: Trial) -> Iterator[str]:
    """See that losses are finite, and that gradients reach every parameter of every network."""
    recipe = trial.recipe
    reached = {name: _watch(network) for name, network in networks_of(recipe).items()}
    report = take_step(recipe, trial)
    for name, term in report.terms.items():
        if not finite(term):
            yield f"the loss {name!r} is {float(term)} in the first step: look for a division or a root"
    if report.skipped:
        yield "a gradient of the first step is not finite: look for a root, norm or logarithm of 0"
    for name, network in networks_of(recipe).items():
        yield from _unreached(name, network, reached[name])


def _watch(network: nn.Module) -> dict[str, float]:
    """Note the largest gradient of each parameter, by name, as soon as it is there."""
    seen: dict[str, float] = {}
    for name, parameter in network.named_parameters():

        def note(leaf: Tensor, name: str = name) -> None:
            assert leaf.grad is not None  # noqa: S101 - called once it is there
            seen[name] = max(seen.get(name, 0.0), float(leaf.grad.abs().max()))

        if parameter.requires_grad:
            parameter.register_post_accumulate_grad_hook(note)  # type: ignore[no-untyped-call]
    return seen


def _unreached(network: str, module: nn.Module, seen: dict[str, float]) -> Iterator[str]:
    trained = [name for name, parameter in module.named_parameters() if parameter.requires_grad]
    missing = [name for name in trained if name not in seen]
    if trained and not any(seen.values()):
        yield f"no gradient reaches the {network}: is it used, and not detached, in Recipe.fake and judge?"
    elif missing:
        names = ", ".join(missing[:4]) + (" ..." if len(missing) > 4 else "")
        yield (
            f"no gradient reaches {names} of the {network}: use these parameters or leave them out (several "
            "processes would wait for them forever)"
        )


def take_step(recipe: Recipe, trial: Trial) -> StepReport:
    """Take a step so late that every loss, and each gradient penalty, takes part."""
    rules = trial.rules()
    torch.manual_seed(5)
    players = make_players(recipe, rules.settings, CPU, Ranks(0, 1, 0))
    needed = rules.settings.accumulate * rules.contest.game.n_critic
    drawn = [trial.draw(recipe, seed) for seed in range(needed)]
    return train_step(recipe, players, rules, drawn, Moment(_late(rules), 0.5, observe=True))


def _late(rules: Rules) -> int:
    game = rules.contest.game
    ends = [term.start + term.ramp for term in (*rules.criteria.terms.values(), rules.contest.term)]
    return (max(ends) // game.lazy + 1) * game.lazy


def repeats(trial: Trial) -> Iterator[str]:
    """See that one seed gives one generator."""
    made = []
    for _ in range(2):
        recipe = trial.build(trial.data)
        take_step(recipe, trial)
        made.append(dict(recipe.generator.state_dict()))
    if not same(*made):
        yield "one step from one seed gives two generators: take no randomness but torch's and the rng given"
