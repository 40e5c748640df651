"""How files of drawn images are called: images drawn otherwise lie beside each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

from gantool.cli.sample import Order, Step
from gantool.cli.sample_flags import Mode
from gantool.sampling.session import Session
from gantool.task import Truncatable

_LONGEST = 80
"""Characters of the names of latents' files; file systems take 255 bytes in all."""


def stem(session: Session, order: Order) -> str:
    """Return what file names begin with: the seed or latents, and all else that is not as usual."""
    flags = order.flags
    files = flags.latents.latent
    parts = [order.task.name, _latents(files) if files else str(flags.sample.seed)]
    if flags.latents.label is not None:
        parts.append(flags.latents.label)
    if flags.mode is Mode.ROWS:
        parts.append(f"row{flags.made.interpolate}")
    return "-".join([*parts, *_unusual(session, order)])


def _latents(files: Sequence[Path]) -> str:
    names = "-".join(path.stem for path in files)
    if len(names) > _LONGEST:
        names = f"{names[:_LONGEST]}-{sha256(names.encode()).hexdigest()[:8]}"
    return f"latent-{names}"


def _unusual(session: Session, order: Order) -> Iterator[str]:
    """Yield truncation, edits and weights, as far as they are not the usual ones."""
    truncation = order.flags.latents.truncation
    if truncation is not None and truncation != _usual_truncation(session, order):
        yield f"truncation{truncation:.12g}"
    yield from map(_edit, order.edits)
    assert order.task.sample is not None  # noqa: S101 - the verb is only offered with the capability
    if order.weights != tuple(order.task.sample.weights(order.options)):
        # The checksum, too: a run that is trained again writes another weight of the same id.
        yield from (f"{weight.id}-{weight.sha256[:8]}" for weight in session.weights)


def _usual_truncation(session: Session, order: Order) -> float | None:
    """Return what is drawn with where none is asked for: given latents stay as they are."""
    if not isinstance(session.sampler, Truncatable):
        return None
    return 1.0 if order.flags.latents.latent else session.sampler.truncation


def _edit(step: Step) -> str:
    end = f"to{step.end:.12g}" if step.end != step.start else ""
    return f"{step.name}={step.start:.12g}{end}"
