"""Scores of painted photographs, kept beside the pictures and taken again where a picture changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from style_makers import Maker, Studio, Work
from torch import Tensor

from gantool.evaluation import whole
from gantool.images import ArrayPicture, decode
from gantool.train.perceptual import Perceptual
from gantool_style_transfer.distances import Features, Manner, content_distance, edge_ssim, manner, reached
from gantool_style_transfer.judge import Figures, manner_of, seen

MAX_PIXELS = 100_000_000


@dataclass
class Scores:
    """Figures by picture; VGG16 sees each photograph and each painting once."""

    studio: Studio
    perceptual: Perceptual
    _manners: dict[Path, Manner] = field(default_factory=dict)

    def of(self, maker: Maker, works: Sequence[Work]) -> Iterator[Figures]:
        """Yield the figures of all photographs after some works, those that are known."""
        known = self._known()
        for work in works:
            for photo in self.studio.photos:
                found = known.get(self._key(maker, work, photo))
                if found is not None:
                    yield Figures(**found)

    def take(self, answers: Sequence[tuple[Maker, Work]]) -> None:
        """Score what has none, photograph by photograph."""
        known = self._known()
        for photo in self.studio.photos:
            due = [one for one in answers if self._key(*one, photo) not in known]
            if not due:
                continue
            features = seen(self.perceptual, _tensor(photo))
            before = manner(features)
            for maker, work in due:
                known[self._key(maker, work, photo)] = asdict(
                    self._figures(self.studio.target(maker, work, photo), photo, features, before, work)
                )
                self._file.write_text(json.dumps(known, indent=1))

    def _figures(self, made: Path, photo: Path, before: Features, kept: Manner, work: Work) -> Figures:
        output = _tensor(made)
        after = seen(self.perceptual, output)
        style, patches = reached(manner(after), kept, self._painting(work.painting))
        return Figures(edge_ssim(output, _tensor(photo)), content_distance(after, before), style, patches)

    def _painting(self, path: Path) -> Manner:
        if path not in self._manners:
            self._manners[path] = manner_of(self.perceptual, path)
        return self._manners[path]

    @property
    def _file(self) -> Path:
        return self.studio.folder / "scores.json"

    def _known(self) -> dict[str, dict[str, float]]:
        known: dict[str, dict[str, float]] = json.loads(self._file.read_text()) if self._file.exists() else {}
        return known

    def _key(self, maker: Maker, work: Work, photo: Path) -> str:
        made = self.studio.target(maker, work, photo)
        digest = hashlib.sha256(made.read_bytes()).hexdigest()[:16] if made.exists() else "missing"
        return f"{maker.name} {work.painting.stem} {photo.stem} {digest}"


def _tensor(path: Path) -> Tensor:
    return whole(ArrayPicture(decode(path, max_pixels=MAX_PIXELS).pixels))
