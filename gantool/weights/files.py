"""Weight files: safetensors, half precision on disk, the card in the header. Nothing is ever executed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gantool.atomic import write_atomic
from gantool.errors import Code, UsageError, WeightError
from gantool.paths import ABSENT, exists, is_folder, missing
from gantool.task import LoadedWeight
from gantool.weights import checksums
from gantool.weights.card import Card
from gantool.weights.ids import check_id

if TYPE_CHECKING:
    from torch import Tensor

CARD_KEY = "gantool.card"
SUFFIX = ".safetensors"
FOREIGN = (".pth", ".pt", ".ckpt")
"""What checkpoints of other projects are called."""


def read_card(path: Path) -> Card:
    """Return the card of a weight file, from its header alone and without torch.

    Raises:
        WeightError: the file is missing, no whole safetensors file, or has no card of ours.
    """
    from safetensors import SafetensorError, safe_open

    check_file(path)
    try:
        with safe_open(path, framework="numpy") as file:
            metadata: Mapping[str, str] = file.metadata() or {}
    except SafetensorError as failure:
        raise WeightError(
            f"{path} is no whole safetensors file ({failure})", _REPAIR, Code.WEIGHT_DAMAGED
        ) from failure
    except OSError as failure:
        raise WeightError(f"{path} cannot be read ({failure.strerror or failure})") from failure
    if CARD_KEY not in metadata:
        raise WeightError(f"{path} has no card of gantool", _IMPORT)
    try:
        return Card.from_json(metadata[CARD_KEY])
    except WeightError as failure:
        raise WeightError(f"{path}: {failure.message}", failure.remedy, failure.kind) from failure


def has_card(path: Path) -> bool:
    """Return whether a file is a weight of ours: safetensors with our card in its header."""
    from safetensors import SafetensorError, safe_open

    check_file(path)
    try:
        with safe_open(path, framework="numpy") as file:
            return CARD_KEY in (file.metadata() or {})
    except (SafetensorError, OSError):
        return False


def load(path: Path, *, task: str | None, sha256: str | None = None) -> LoadedWeight:
    """Read a weight file whole, with every check; floating-point tensors come as float32 on the CPU.

    A `SHA256SUMS` beside the file (as beside the shipped ones) is obeyed too.

    Args:
        path: a safetensors file with a card.
        task: the task it must have been made for, or None for any.
        sha256: the checksum it must have, where one is known.

    Raises:
        WeightError: damaged, made for another task, not what its checksum says, or not finite.
    """
    card = read_card(path)
    if task is not None and card.task != task:
        raise WeightError(f"{path} was made for task {card.task!r}, not {task!r}", _LIST)
    content = read_bytes(path)
    digest = hashlib.sha256(content).hexdigest()
    checksums.check(path, digest, sha256)
    tensors = {name: _widened(path, name, value) for name, value in _parse(path, content).items()}
    return LoadedWeight(id=card.id, card=card, tensors=tensors, sha256=digest, path=path)


def save(path: Path, tensors: Mapping[str, Tensor], card: Card, *, read_from: Path | None = None) -> str:
    """Write a weight file atomically and return its sha256.

    Floating-point tensors are stored as float16, others as they are. The same tensors and card give the
    same file, byte for byte. `read_from` is the file to blame for a tensor that cannot be stored.

    Raises:
        WeightError: a tensor that is not finite in half precision, a card that cannot be read back, or a
            file that cannot be written.
    """
    from safetensors.torch import save as to_bytes

    check_id(card.id)
    narrowed = {name: _narrowed(read_from or path, name, value) for name, value in tensors.items()}
    content = to_bytes(narrowed, metadata={CARD_KEY: card.to_json()})
    write_atomic(path, content, error=WeightError)
    return hashlib.sha256(content).hexdigest()


def read_bytes(path: Path) -> bytes:
    """Return the file's content; WeightError where it cannot be read."""
    check_file(path)
    try:
        return path.read_bytes()
    except OSError as failure:
        raise WeightError(f"{path} cannot be read ({failure.strerror or failure})") from failure


def check_file(path: Path) -> None:
    """Raise WeightError unless `path` is a file."""
    if is_folder(path):
        raise WeightError(f"{path} is a folder, not a weight file", "name a file in it")
    why = missing(path)
    if why == ABSENT:
        raise WeightError(f"there is no weight file {path}", _LIST)
    if why:
        raise WeightError(f"{path} {why}", "check the permissions of its folder")


def check_target(path: Path, sources: Sequence[Path], *, overwrite: bool) -> None:
    """Raise unless a weight file made of `sources` may be written to `path`.

    Raises:
        UsageError: the name is not that of a weight file.
        WeightError: `path` exists and may not be replaced; what is read never may.
    """
    if path.suffix != SUFFIX:
        raise UsageError(f"{path} does not end in {SUFFIX}", "that is the one format of weight files")
    if not exists(path):
        return
    if any(exists(source) and path.samefile(source) for source in sources):
        raise WeightError(f"{path} exists and is itself what is read", "name another file")
    if not overwrite:
        raise WeightError(f"{path} exists", "name another file, or pass --overwrite to replace it")


def _parse(path: Path, content: bytes) -> Mapping[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load as from_bytes

    try:
        return from_bytes(content)
    except (SafetensorError, KeyError) as failure:  # KeyError: a number format torch does not have
        raise WeightError(
            f"{path} is no whole safetensors file ({failure})", _REPAIR, Code.WEIGHT_DAMAGED
        ) from failure


def _widened(path: Path, name: str, tensor: Tensor) -> Tensor:
    if not tensor.is_floating_point():
        return tensor
    if not bool(tensor.float().isfinite().all()):
        raise WeightError(
            f"{path}: tensor {name!r} holds values that are not finite", _REPAIR, Code.WEIGHT_DAMAGED
        )
    return tensor.float()


def _narrowed(path: Path, name: str, tensor: Tensor) -> Tensor:
    whole = tensor.detach().cpu()
    if not whole.is_floating_point():
        return whole.contiguous().clone()
    half = whole.half().contiguous().clone()  # a copy of its own: safetensors refuses shared memory
    if not bool(half.isfinite().all()):
        raise WeightError(f"{path}: tensor {name!r} is not finite in half precision", "was training stable?")
    return half


_REPAIR = "copy or download it again"
_IMPORT = "make a weight file of it by `gantool weights import FILE --task TASK --card CARD.json`"
_LIST = "see `gantool weights list`"
