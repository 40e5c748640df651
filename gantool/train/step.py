"""One training step, top to bottom on one screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from gantool.errors import UsageError
from gantool.task import Batch, Recipe
from gantool.train.contest import Contest, Moment
from gantool.train.criteria import Criteria
from gantool.train.players import Player, Players
from gantool.train.schedule import rate_factor
from gantool.train.settings import Settings
from gantool.train.undo import Undo
from gantool.train.update import update

Losses = dict[str, Tensor]


@dataclass(frozen=True)
class Rules:
    """What every step of a run is told."""

    settings: Settings
    criteria: Criteria
    contest: Contest

    def check_start(self, has_critic: bool) -> None:
        """Refuse a generator that learns from nothing at the first step; later ones only add losses.

        Raises:
            UsageError: all losses have the weight 0 or start later.
        """
        terms = [*self.criteria.terms.values(), *(self.contest.terms if has_critic else [])]
        if not any(term.factor(0) for term in terms):
            raise UsageError(
                "all losses of the generator weigh 0 or start later", "let one of them weigh from step 0 on"
            )


@dataclass(frozen=True)
class StepReport:
    """Weighted loss terms and signals of health, detached; `skipped` where a gradient was not finite.

    A skipped step leaves everything as it was, and so does one whose gradients overflowed under a scaler; the
    latter has neither terms nor signals, which would hide those of the other steps of a log window.
    """

    terms: Mapping[str, Tensor]
    signals: Mapping[str, Tensor]
    skipped: bool


def train_step(
    recipe: Recipe, players: Players, rules: Rules, batches: Sequence[Batch], moment: Moment
) -> StepReport:
    """Update generator and critic by the same pictures, then the critic alone on the groups that are left.

    `batches` are `n_critic` groups of `accumulate` batches; those of a group are summed into one update.
    """
    generator, critic = players.generator, players.discriminator
    factor = rate_factor(moment.progress, rules.settings.warmup, rules.settings.lr_end)
    autocast = players.autocast()
    group, *further = _groups(batches, rules.settings.accumulate)
    undo = Undo(players, rules.contest)
    parts: list[Losses] = []
    signals: Losses = {}
    fakes = []

    with _held_still(critic):
        for batch in group:
            with _reduce(generator, batch is group[-1]):
                with autocast:
                    fake = recipe.fake(generator.wrapped, batch)
                    losses = rules.criteria(recipe, batch, fake, generator.network, moment.step)
                    if critic:
                        losses |= rules.contest.generator_terms(recipe, critic.network, batch, fake, moment)
                total = _sum(losses) + _rest(generator, rules.criteria.rests(moment.step))
                _backward(players.scaler.scale(total / len(group)))
            fakes.append(fake.detach())
            parts.append(losses)
    generator.drop_frozen(moment.step)
    terms = _mean(parts)
    if critic:
        judged, signals = _criticise(recipe, players, critic, rules, group, fakes, moment)
        terms |= judged
    movers = [generator, critic] if critic else [generator]
    moved, norms = update(players, movers, rules.settings, factor, moment.observe)

    if critic and moved:
        rules.contest.after_update(critic.network)
        for group in further:
            before = Undo(players, rules.contest)
            with torch.no_grad(), autocast:
                fresh = [recipe.fake(generator.wrapped, batch) for batch in group]
            _criticise(recipe, players, critic, rules, group, fresh, moment)
            if not update(players, [critic], rules.settings, factor, observe=False)[0]:
                before.go_back()
            rules.contest.after_update(critic.network)
    if not moved:
        undo.go_back()
        # With a scaler, an overflow that a smaller scale cures is no failure, and its figures say nothing.
        if players.scaler.is_enabled() and players.scaler.get_scale() >= 1.0:
            return StepReport({}, {}, skipped=False)
        return StepReport(terms, signals | norms, skipped=True)
    players.ema.update_parameters(generator.network)
    signals |= norms | (_spreads(recipe, batches[0], fakes[0]) if moment.observe else {})
    return StepReport(terms, signals, skipped=False)


def _criticise(
    recipe: Recipe,
    players: Players,
    critic: Player,
    rules: Rules,
    group: Sequence[Batch],
    fakes: Sequence[Tensor],
    moment: Moment,
) -> tuple[Losses, Losses]:
    """Add up the critic's gradients over a group; return the means of its terms and signals."""
    judged: list[Losses] = []
    seen: list[Losses] = []
    for batch, fake in zip(group, fakes, strict=True):
        with _reduce(critic, batch is group[-1]):
            with players.autocast():
                terms, signals = rules.contest.critic_terms(recipe, critic.wrapped, batch, fake, moment)
            _backward(players.scaler.scale(_sum(terms) / len(group)))
        judged.append(terms)
        seen.append(signals)
    return _mean(judged), _mean(seen)


def _groups(batches: Sequence[Batch], size: int) -> list[Sequence[Batch]]:
    return [batches[start : start + size] for start in range(0, len(batches), size)]


@contextmanager
def _held_still(player: Player | None) -> Iterator[None]:
    """Compute no gradients of a network's parameters; what the plugin has frozen stays so afterwards."""
    trained = [each for each in player.parameters() if each.requires_grad] if player else []
    try:
        for parameter in trained:
            parameter.requires_grad_(False)
        yield
    finally:
        for parameter in trained:
            parameter.requires_grad_(True)


def _mean(parts: Sequence[Losses]) -> Losses:
    """Return each figure's mean over the parts of an accumulated step, detached; all parts have the same."""
    return {name: torch.stack([part[name].detach() for part in parts]).mean(0) for name in parts[0]}


def _sum(losses: Losses) -> Tensor:
    return torch.stack([term.float() for term in losses.values()]).sum()


def _rest(player: Player, rests: bool) -> Tensor | float:
    """Return a zero that reaches every parameter, where processes would wait for those of a resting loss."""
    if not rests or not isinstance(player.wrapped, nn.parallel.DistributedDataParallel):
        return 0.0
    return 0.0 * torch.stack([parameter.float().sum() for parameter in player.parameters()]).sum()


def _backward(loss: Tensor) -> None:
    """Derive outside of autocast, which would round what was computed in float32 on purpose."""
    loss.backward()  # type: ignore[no-untyped-call]


def _reduce(player: Player, last: bool) -> AbstractContextManager[None]:
    """Average gradients over processes only with the last of the accumulated passes."""
    wrapped = player.wrapped
    if last or not isinstance(wrapped, nn.parallel.DistributedDataParallel):
        return nullcontext()
    return wrapped.no_sync()


def _spreads(recipe: Recipe, batch: Batch, fake: Tensor) -> Losses:
    """Return how much pictures of a batch differ, made and real: a collapsed generator's hardly do."""
    # Not corrected for the mean, so that a batch of one has a spread of 0 rather than none.
    spread_fake, spread_real = (
        pictures.float().std(0, correction=0).mean() for pictures in (fake, recipe.real(batch))
    )
    return {"spread_fake": spread_fake, "spread_real": spread_real}
