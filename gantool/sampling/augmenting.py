"""A data set of made images beside a small real one: so many of each class, filtered, with a manifest."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from gantool import __version__
from gantool.atomic import write_atomic
from gantool.errors import ImageError, UsageError
from gantool.sampling.drawing import draw_batches, features_of, to_bytes
from gantool.sampling.filtering import COPIES, NEIGHBOURS, NeighbourFilter, Verdict, distinct
from gantool.sampling.latents import Wish
from gantool.sampling.pictures import write_picture
from gantool.sampling.session import Session
from gantool.task import Comparable, Conditional, Features, Labelled

MANIFEST = "manifest.json"
MOST_TRIES = 20
"""Images drawn for one that is wanted, until a class is given up as short."""


@dataclass(frozen=True)
class ClassCount:
    """What became of the images drawn of a class, and how many were wanted."""

    name: str
    wanted: int
    verdicts: Mapping[Verdict, int]

    @property
    def kept(self) -> int:
        """Images written."""
        return self.verdicts[Verdict.KEPT]

    @property
    def drawn(self) -> int:
        """All images drawn."""
        return sum(self.verdicts.values())


@dataclass(frozen=True)
class Order:
    """What is wanted: `per_class` images beside those of `data`, in class folders under `folder`."""

    data: Path
    folder: Path
    per_class: int
    seed: int = 0
    truncation: float | None = None


Watch = Callable[[ClassCount], None]


def augment(session: Session, order: Order, watch: Watch = lambda count: None) -> tuple[ClassCount, ...]:
    """Write the data set, and what it is into `manifest.json`, last.

    Images are taken in the order of their numbers, so that more of them per class begin with the same.

    Raises:
        UsageError: the network has no classes, cannot compare, or does not know the data's classes.
        TrainError: the data cannot be used.
    """
    sampler = session.sampler
    if not session.classes or not isinstance(sampler, Conditional):
        raise UsageError("this network draws no class that is asked for", "take conditional --weights")
    if not isinstance(sampler, Comparable):
        raise UsageError("this network cannot compare with real pictures", "leave out --augment")
    real = sampler.real(order.data)
    features = sampler.features(real)
    counts = []
    for name, images in _by_class(real, session.classes):
        different = images[distinct(images)]
        judge = NeighbourFilter(features_of(features, different, session.device), name)
        counts.append(_one_class(session, order, name, features, judge))
        watch(counts[-1])
    _write_manifest(session, order, features, len(real.images), counts)
    return tuple(counts)


def _by_class(real: Labelled, known: Sequence[str]) -> list[tuple[str, Tensor]]:
    if real.labels is None:
        raise UsageError("the pictures are in no class folders", "give a folder for each class")
    for name in real.classes:
        if name not in known:
            raise UsageError(f"class {name!r} is none of the network's", f"it knows {', '.join(known)}")
    return [(name, real.images[real.labels == index]) for index, name in enumerate(real.classes)]


def _one_class(
    session: Session, order: Order, name: str, features: Features, judge: NeighbourFilter
) -> ClassCount:
    wish = Wish(order.seed, session.classes.index(name), order.truncation)
    latents = session.source(wish)
    folder = order.folder / name
    folder.mkdir(parents=True, exist_ok=True)
    found: Counter[Verdict] = Counter()
    numbers = range(MOST_TRIES * order.per_class)
    for part, images in draw_batches(session.sampler, latents, numbers, session.batch_for(latents)):
        verdicts = judge.judge(features_of(features, images, session.device))
        for number, image, verdict in zip(part, images, verdicts, strict=True):
            found[verdict] += 1
            if verdict is Verdict.KEPT:
                write_picture(to_bytes(image), folder / f"{session.task}-{order.seed}-{number:05d}.png")
            if found[Verdict.KEPT] == order.per_class:
                return ClassCount(name, order.per_class, found)
    return ClassCount(name, order.per_class, found)


def _write_manifest(
    session: Session, order: Order, features: Features, real: int, counts: Sequence[ClassCount]
) -> None:
    record = {
        "task": session.task,
        "gantool": __version__,
        "seed": order.seed,
        "truncation": order.truncation,
        "weights": [{"id": weight.id, "sha256": weight.sha256} for weight in session.weights],
        "data": {"path": str(order.data), "images": real},
        "filter": {
            "features": features.name,
            "off the manifold": f"in no real image's sphere to its {NEIGHBOURS}-nearest real neighbour",
            "near-copy": f"as near to a real image as {COPIES:.0%} of different real ones are to another",
        },
        "classes": {
            count.name: {
                "wanted": count.wanted,
                "drawn": count.drawn,
                **{verdict.value: count.verdicts[verdict] for verdict in Verdict},
            }
            for count in counts
        },
    }
    content = json.dumps(record, indent=2, ensure_ascii=False).encode()
    write_atomic(order.folder / MANIFEST, content, error=ImageError)
