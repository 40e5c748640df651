"""Weights half-way (or any other share of the way) between two of one network."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gantool import plugins
from gantool.errors import UsageError, WeightError
from gantool.task import LoadedWeight
from gantool.weights import files
from gantool.weights.card import Card, Parent
from gantool.weights.ids import check_id

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Mix:
    """What the user says of a blend: SECOND's share `at`, 0 to 1, and what its card is to say.

    `id` None takes the file's name, `summary` None names the parents.
    """

    at: float = 0.5
    id: str | None = None
    summary: str | None = None
    notes: str = ""
    overwrite: bool = False


@dataclass(frozen=True)
class Blended:
    """A blend as it was written."""

    path: Path
    card: Card
    sha256: str


def interpolate(
    first: LoadedWeight, second: LoadedWeight, at: float, fitted: tuple[str, ...] = ()
) -> dict[str, Tensor]:
    """Return `first + at * (second - first)`, tensor by tensor, in float32.

    This is network interpolation (ESRGAN, Wang et al. 2018, section 3.4): it trades what two networks do
    evenly where one was trained on from the other, and means nothing where they were trained apart.

    Args:
        first: what 0 gives, bit by bit.
        second: what 1 gives, bit by bit.
        at: the share of `second`, 0 to 1. Counters and other whole numbers are equal in both.
        fitted: prefixes of the names of tensors to take from the nearer weight as they are (`Train.fitted`);
            half-way that is `second`.

    Raises:
        UsageError: a share outside 0 to 1.
        WeightError: two different networks; the line says what differs.
    """
    import torch

    if not 0 <= at <= 1:  # NaN, too
        raise UsageError(f"a blend at {at:g} lies outside its two weights", "give a share from 0 to 1")
    if difference := next(_differences(first, second), ""):
        raise WeightError(
            f"{first.id} and {second.id} are different networks: {difference}",
            "give two weights of one network",
        )
    if at in (0, 1):  # lerp would turn a -0.0 into 0.0
        return dict((second if at else first).tensors)
    nearer = second if at >= 0.5 else first
    made = {}
    for name, one in first.tensors.items():
        if name.startswith(fitted) or not one.is_floating_point():
            made[name] = nearer.tensors[name]
        else:
            made[name] = torch.lerp(one.float(), second.tensors[name].float(), at)
    return made


def blend_files(first: Path, second: Path, target: Path, mix: Mix) -> Blended:
    """Interpolate between two weight files and write the result, with a card, to `target`.

    The card's parents are the two files. Recipe, steps, hours, machine, package and commit are those of
    `second`, which is the later one where it was trained on from `first`; figures and notes of the parents
    are left out, since they are not the blend's. What the task fits anew for each weight is the nearer
    parent's.

    Raises:
        UsageError: a share outside 0 to 1, or a target that is not called as a weight file.
        WeightError: a parent is damaged, the two are different networks, or `target` may not be replaced.
        PluginError: the plugin of their task does not load.
    """
    files.check_target(target, (first, second), overwrite=mix.overwrite)
    name = check_id(mix.id or target.name.removesuffix(files.SUFFIX))
    one, other = files.load(first, task=None), files.load(second, task=None)
    tensors = interpolate(one, other, mix.at, _fitted(one.card.task))
    card = _card(name, one, other, mix)
    return Blended(target, card, sha256=files.save(target, tensors, card))


def _fitted(task: str) -> tuple[str, ...]:
    """Return what the task's plugin, where there is one, says that blends take whole."""
    train = plugins.load(task).train if task in plugins.names() else None
    return train.fitted if train is not None else ()


def _differences(first: LoadedWeight, second: LoadedWeight) -> Iterator[str]:
    """Yield in what two networks differ, the plainest first."""
    one, other = first.card, second.card
    if one.task != other.task:
        yield f"task {one.task!r} and {other.task!r}"
    if one.architecture != other.architecture:
        yield f"architecture {one.architecture!r} and {other.architecture!r}"
    for key in sorted({*one.config, *other.config}):
        if (mine := one.config.get(key)) != (its := other.config.get(key)):
            yield f"{key} {mine} and {its}"
    for name in sorted({*first.tensors, *second.tensors}):
        if not _alike(first.tensors.get(name), second.tensors.get(name)):
            yield f"tensor {name!r}"


def _alike(one: Tensor | None, other: Tensor | None) -> bool:
    """Tell whether there is something between two tensors."""
    if one is None or other is None or one.shape != other.shape:
        return False
    if one.is_floating_point() and other.is_floating_point():
        return True
    return one.dtype == other.dtype and bool((one == other).all())


def _card(name: str, first: LoadedWeight, second: LoadedWeight, mix: Mix) -> Card:
    one, other = first.card, second.card
    shares = ((first, 1 - mix.at), (second, mix.at))
    line = f"{mix.at:g} of the way from {first.id} to {second.id}"
    return dataclasses.replace(
        other,
        id=name,
        licence=_both(one.licence, other.licence, " AND "),
        summary=line if mix.summary is None else mix.summary,
        data=_both(one.data, other.data, "; "),
        data_licence=_both(one.data_licence, other.data_licence, "; "),
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        parent="",
        parents=tuple(Parent(weight.id, weight.sha256, share) for weight, share in shares),
        measured=(),
        notes=mix.notes,
    )


def _both(one: str, other: str, between: str) -> str:
    """Return two texts in one, each of them once."""
    return between.join(dict.fromkeys(text for text in (one, other) if text))
