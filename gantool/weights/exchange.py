"""Weight files into the user's store and out of it."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gantool.atomic import make_folder, write_atomic
from gantool.errors import Code, UsageError, WeightError
from gantool.paths import exists, is_file, is_folder
from gantool.task import LoadedWeight
from gantool.weights import files, store
from gantool.weights.card import Card
from gantool.weights.fields import Reader
from gantool.weights.folders import Source, user_folder
from gantool.weights.ids import check_id
from gantool.weights.plain import check_packed, check_plain

if TYPE_CHECKING:
    from torch import Tensor

NESTS = ("params_ema", "params-ema", "params", "state_dict", "model_state_dict", "model", "net")
"""Keys under which training code keeps the tensors of a checkpoint; the averaged ones come first."""


SHIPPED = (Source.SHIPPED, Source.PLUGIN)
"""Whose weights everyone has; one in the user's store is taken in their place."""


@dataclass(frozen=True)
class Wish:
    """What the user says about a file to import; None where nothing was said."""

    id: str | None = None
    task: str | None = None
    card: Path | None = None
    overwrite: bool = False


def import_file(source: Path, wish: Wish) -> LoadedWeight:
    """Copy a weight file into the user's store and return it as it is read back from there.

    A safetensors file with a card of ours is copied as it is (unless `wish.id` renames it). Anything else,
    a `.pth` included, needs a card from the user, since loading never guesses; a `.pth` is read by torch's
    restricted loader alone, which executes nothing.

    Raises:
        WeightError: the file or its card is refused, or the id is taken.
        UsageError: a card is needed and none is given, or the options contradict the card.
    """
    if wish.card is None and source.suffix == files.SUFFIX:
        return _import_own(source, wish)
    card = _given_card(source, wish)
    target = _target(card.id, wish)
    files.save(target, foreign_tensors(source), card, read_from=source)
    return files.load(target, task=card.task)


def remove_file(weight_id: str) -> Path:
    """Delete a weight from the user's store, and from nowhere else, and return where it lay.

    Raises:
        WeightError: it is not there, or cannot be deleted.
    """
    path = user_folder() / f"{check_id(weight_id)}{files.SUFFIX}"
    if not is_file(path):
        elsewhere = [str(place) for _, place in store.holders(weight_id)]
        raise WeightError(
            f"weight {weight_id!r} is not in {path.parent}",
            f"only what lies there is removed, not {elsewhere[0]}" if elsewhere else "",
        )
    try:
        path.unlink()
    except OSError as failure:
        reason = f"{path} cannot be removed ({failure.strerror or failure})"
        raise WeightError(reason, kind=Code.UNWRITABLE) from failure
    return path


def is_shipped(weight_id: str) -> bool:
    """Return whether a weight of this id is shipped, or comes inside a plugin's package."""
    return any(source in SHIPPED for source, _ in store.holders(weight_id))


def shadows_shipped(weight_id: str) -> bool:
    """Return whether the id leads to the user's weight though one of that id is shipped."""
    holders = store.holders(weight_id)
    return bool(holders) and holders[0][0] is Source.USER and is_shipped(weight_id)


def export_file(source: Path, target: Path, *, overwrite: bool) -> Path:
    """Copy the sound weight file `source` to `target` (a file or a folder), and return where it lies.

    Raises:
        UsageError: `target` is not called as a weight file.
        WeightError: `source` is damaged, or `target` exists and may not be replaced.
    """
    files.load(source, task=None)
    target = target / source.name if is_folder(target) else target
    files.check_target(target, (source,), overwrite=overwrite)
    write_atomic(target, files.read_bytes(source), error=WeightError)
    return target


def _import_own(source: Path, wish: Wish) -> LoadedWeight:
    loaded = files.load(source, task=wish.task)
    target = _target(wish.id or loaded.id, wish)
    if wish.id in (None, loaded.id):
        write_atomic(target, files.read_bytes(source), error=WeightError)
    else:
        files.save(target, loaded.tensors, dataclasses.replace(loaded.card, id=wish.id, parent=loaded.id))
    return files.load(target, task=wish.task)


def _target(weight_id: str, wish: Wish) -> Path:
    """Return the place of an id in the user's store, making the folder."""
    target = user_folder() / f"{check_id(weight_id)}{files.SUFFIX}"
    if exists(target) and not wish.overwrite:
        raise WeightError(
            f"weight {weight_id!r} is already in {target.parent}",
            "pass --overwrite to replace it, or another --id",
        )
    if not wish.overwrite and is_shipped(weight_id):
        raise WeightError(
            f"weight {weight_id!r} is the id of a shipped one",
            "pass another --id, or --overwrite to have yours taken in its place",
        )
    make_folder(target.parent, error=WeightError)
    return target


def _given_card(source: Path, wish: Wish) -> Card:
    """Return the card of the user's JSON file, `--id` and `--task` filled in."""
    files.check_file(source)
    if wish.card is None or wish.task is None:
        raise UsageError(
            f"{source} says nothing of what it is",
            "give --task TASK and --card CARD.json (id, architecture, config and licence)",
        )
    record = Reader.parse(_text(wish.card), f"the card {wish.card}")
    if not isinstance(record, dict):
        raise WeightError(f"the card {wish.card} is not a JSON object")
    for key, value in (("id", wish.id), ("task", wish.task)):
        if value is not None and record.setdefault(key, value) != value:
            raise UsageError(f"--{key} {value} contradicts {record[key]!r} in {wish.card}")
    try:
        return Card.from_record(record)
    except WeightError as failure:
        raise WeightError(f"{wish.card}: {failure.message}", failure.remedy, failure.kind) from failure


def _text(path: Path) -> str:
    try:
        return files.read_bytes(path).decode()
    except UnicodeDecodeError as failure:
        raise WeightError(f"{path} is not UTF-8 text") from failure


def foreign_tensors(source: Path) -> Mapping[str, Tensor]:
    """Return the tensors of a `.safetensors` or `.pth` file of any make, as they are stored.

    Raises:
        WeightError: it holds anything but plain tensors by name, or more than its file can, or is damaged.
    """
    import torch

    content = _read_safetensors(source) if source.suffix == files.SUFFIX else read_pth(source)
    for key in NESTS:
        if isinstance(content, Mapping) and isinstance(content.get(key), Mapping):
            content = content[key]
            break
    if not isinstance(content, Mapping) or not content:
        raise WeightError(f"{source} holds {type(content).__name__}, not tensors by name")
    for name, value in content.items():
        if not (isinstance(name, str) and isinstance(value, torch.Tensor)):
            raise WeightError(
                f"{source}: {name!r} is {type(value).__name__}, not a tensor", "keep tensors alone"
            )
    check_plain(source, content)
    return content


def _read_safetensors(source: Path) -> object:
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        return load(files.read_bytes(source))
    except SafetensorError as failure:
        raise WeightError(f"{source} is no whole safetensors file ({failure})") from failure


def read_pth(source: Path) -> object:
    """Return what a .pth file holds, by torch's restricted loader; WeightError for what would execute.

    So it is for what unpacks to far more than the file.
    """
    import torch

    check_packed(source)
    try:
        with warnings.catch_warnings(action="ignore"):  # what it does not read, it refuses anyway
            return torch.load(source, map_location="cpu", weights_only=True)
    except Exception as failure:  # the restricted loader refuses and stumbles in a dozen ways
        why = (str(failure).strip() or type(failure).__name__).splitlines()[0][:160]
        raise WeightError(
            f"{source} is refused by torch's restricted loader ({why})",
            "gantool never executes what a file asks for; save its tensors as safetensors",
            Code.WEIGHT_REFUSED,
        ) from failure
