"""What `gantool sample` makes once its flags were looked through: images, rows, walks, projections, data."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from torch import Tensor

from gantool.atomic import make_folder
from gantool.cli.sample import Order
from gantool.cli.sample_flags import Mode
from gantool.cli.sample_naming import stem
from gantool.cli.sample_text import Voice
from gantool.errors import EXIT_FAILED, EXIT_OK, ImageError, UsageError
from gantool.paths import exists
from gantool.sampling import paths
from gantool.sampling.drawing import draw, grid, to_bytes
from gantool.sampling.latent_file import SUFFIX, read_latents, write_latent
from gantool.sampling.latents import Edit, Source, Wish
from gantool.sampling.pictures import read_picture, write_animation, write_picture
from gantool.sampling.projecting import project
from gantool.sampling.session import Session, open_session

STOPS, FRAMES = 8, 16
"""Of a walk, where neither is told."""


def run(order: Order) -> int:
    """Make what is asked for; return the exit code."""
    sample = order.flags.sample
    session = open_session(order.task, order.options, order.weights, sample.device, sample.batch)
    voice = Voice(session, order)
    match order.flags.mode:
        case Mode.PROJECT:
            _project(session, order, voice)
        case Mode.AUGMENT:
            return _augment(session, order, voice)
        case Mode.WALK:
            _walk(session, order, voice)
        case Mode.ROWS:
            _rows(session, order, voice)
        case Mode.IMAGES:
            latents, count = _latents(session, order)
            _write(session, order, voice, latents, count, math.ceil(math.sqrt(count)))
    return EXIT_OK


def _latents(
    session: Session, order: Order, each: int = 1, usual: int = 1, ends: bool = False
) -> tuple[Source, int]:
    """Return the latents, and how many images (rows, stops) are wanted of them; one takes `each`.

    Edits are at their first amount, or with `ends` at their last.
    """
    flags = order.flags
    files = flags.latents.latent
    given = read_latents(files, session.owner) if files else None
    edits = tuple(Edit(step.name, step.end if ends else step.start) for step in order.edits)
    wish = Wish(flags.sample.seed, order.label, flags.latents.truncation, edits, given)
    if given is None:
        return session.source(wish), flags.sample.count or usual
    count = flags.sample.count or len(given) // each
    if not 0 < count * each <= len(given):
        wanted = max(1, count) * each
        raise UsageError(f"{len(given)} latents are not enough", f"repeat --latent {wanted} times")
    return session.source(wish), count


def _rows(session: Session, order: Order, voice: Voice) -> None:
    """Write rows from latent to latent, or, where an edit has two amounts, of one latent each."""
    frames = order.flags.made.interpolate or FRAMES
    if any(step.start != step.end for step in order.edits):
        first, count = _latents(session, order)
        between = paths.sweep(first, _latents(session, order, ends=True)[0], frames)
    else:
        latents, count = _latents(session, order, each=2)
        between = paths.rows(session.sampler, latents, frames)
    _write(session, order, voice, between, count * frames, frames)


def _write(session: Session, order: Order, voice: Voice, latents: Source, count: int, columns: int) -> None:
    """Draw `count` images, write each as it comes, and the sheet of all at the end.

    Files that exist are kept, and not drawn again unless the sheet needs them.
    """
    sheet, files = order.flags.sample.grid, _Files(session, order, voice)
    voice.say_device()
    numbers = range(count) if sheet else filter(files.is_wanted, range(count))

    def written() -> Iterator[Tensor]:
        for number, image in draw(session.sampler, latents, numbers, session.batch_for(latents)):
            if not sheet or files.is_wanted(number):
                write_picture(to_bytes(image), files.path(number))
                voice.image(files.path(number), number)
            yield image

    if sheet:
        write_picture(grid(written(), count, columns), sheet)
        voice.sheet(sheet, count)
    else:
        for _ in written():
            pass


class _Files:
    """The files of single images; none where only a sheet is asked for."""

    def __init__(self, session: Session, order: Order, voice: Voice) -> None:
        self._folder = order.flags.folder
        self._stem = stem(session, order)
        self._voice = voice
        self._overwrite = order.flags.sample.overwrite
        if self._folder is not None:
            make_folder(self._folder, error=ImageError)

    def path(self, number: int) -> Path:
        return (self._folder or Path()) / f"{self._stem}-{number:05d}.png"

    def is_wanted(self, number: int) -> bool:
        """Return whether an image is to be written; one that is kept is said so."""
        if self._folder is None:
            return False
        if self._overwrite or not exists(self.path(number)):
            return True
        self._voice.kept(self.path(number), number)
        return False


def _walk(session: Session, order: Order, voice: Voice) -> None:
    target = order.flags.made.walk
    assert target is not None  # noqa: S101 - the mode says so
    latents, stops = _latents(session, order, usual=STOPS)
    if stops < 2:
        raise UsageError("a walk through one latent leads nowhere", "repeat --latent")
    frames = order.flags.made.interpolate or FRAMES
    path = paths.loop(session.sampler, latents, stops, frames)
    voice.say_device()
    images = draw(session.sampler, path, range(stops * frames), session.batch_for(path))
    write_animation((image for _, image in images), target)
    voice.sheet(target, stops * frames)


def _project(session: Session, order: Order, voice: Voice) -> None:
    source = order.flags.made.project
    assert source is not None  # noqa: S101 - the mode says so
    folder = order.flags.sample.output or source.parent
    make_folder(folder, error=ImageError)
    target = folder / f"{source.stem}_{order.task.name}.png"
    kept = target.with_suffix(SUFFIX)
    for path in (target, kept):
        if exists(path) and not order.flags.sample.overwrite:
            raise UsageError(f"{path} exists", "--overwrite replaces it, -o names another folder")
    latents = session.source(Wish(order.flags.sample.seed, None, order.flags.latents.truncation))
    shape = session.sampler(latents([0])).shape[1:]
    picture = read_picture(source, (shape[0], shape[1], shape[2])).to(session.device)
    voice.say_device()
    with voice.progress("projecting", order.flags.made.steps + 1) as watch:
        found = project(session.sampler, latents, picture, order.flags.made.steps, lambda *_: watch())
    write_picture(to_bytes(found.image), target)
    write_latent(kept, found.latent, session.owner)
    voice.projection(target, kept, found.distance)


def _augment(session: Session, order: Order, voice: Voice) -> int:
    from gantool.sampling import augmenting

    flags = order.flags
    assert flags.made.augment is not None and flags.sample.output is not None  # noqa: S101, PT018 - as above
    wanted = augmenting.Order(
        flags.made.augment,
        flags.sample.output,
        flags.made.per_class,
        flags.sample.seed,
        flags.latents.truncation,
    )
    voice.say_device()
    counts = augmenting.augment(session, wanted, voice.class_done)
    voice.augmented(wanted.folder, counts)
    return EXIT_FAILED if any(count.kept < count.wanted for count in counts) else EXIT_OK
