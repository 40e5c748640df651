"""One generator against one set of real pictures."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from gantool.errors import UsageError, WeightError
from gantool.metrics.neighbours import nearest, nearest_distances, neighbourhoods, radii
from gantool.metrics.sets import SUBSET, set_distances
from gantool.sampling.drawing import draw_batches, features_of, grid
from gantool.sampling.filtering import COPIES, copy_distance, distinct
from gantool.sampling.latents import Wish, source
from gantool.task import Comparable, Features, SetFigure, SetInputs, SetReport
from gantool_generate.evaluate import EvaluateGenerateOptions
from gantool_generate.features import are_digits, load_classifier
from gantool_generate.inception import inception_features
from gantool_generate.judging import DigitJudge

SHOWN, NEIGHBOURS_SHOWN = 10, 7
NEIGHBOURS = 5


class Measuring:
    """Draws once; each batch goes to everything that looks at it, and only features are kept."""

    def __init__(self, options: EvaluateGenerateOptions, inputs: SetInputs) -> None:
        if not isinstance(inputs.sampler, Comparable):
            raise UsageError("this network cannot compare with real pictures")
        self.options = options
        self.inputs = inputs
        self.device = next(inputs.sampler.module.parameters()).device
        self.real = inputs.sampler.real(inputs.data)
        self.features = inputs.sampler.features(self.real)
        self.notes: list[str] = []
        self.inception = self._inception()
        self.judge = self._judge()

    def report(self) -> SetReport:
        """Draw, and return all figures."""
        made: list[Tensor] = []
        seen: list[Tensor] = []
        shown: list[Tensor] = []
        for numbers, images in self._drawn():
            made.append(features_of(self.features, images, self.device))
            if self.inception is not None:
                seen.append(features_of(self.inception, images, self.device))
            if self.judge is not None:
                self.judge.look(images.to(self.device), numbers)
            shown.extend(images[: SHOWN - len(shown)].unbind())
        real = features_of(self.features, self.real.images, self.device)
        features = torch.cat(made)
        figures = [*self._distances(real, features), *self._copies(real, features)]
        if self.inception is not None:
            figures = [*self._standard(torch.cat(seen)), *figures]
        if self.judge is not None:
            figures += self.judge.figures()
        return SetReport(figures, self.notes, self._sheet(shown, features[: len(shown)], real))

    def _drawn(self) -> Iterator[tuple[range, Tensor]]:
        wish = Wish(self.inputs.seed, truncation=self.options.truncation)
        latents = source(self.inputs.sampler, self.inputs.classes, wish, self.device)
        for numbers, images in draw_batches(
            self.inputs.sampler, latents, range(self.inputs.count), self.inputs.batch
        ):
            yield range(numbers[0], numbers[-1] + 1), images

    def _distances(self, real: Tensor, made: Tensor) -> list[SetFigure]:
        """Return distances and neighbourhoods of as many real features as there are made ones."""
        part = real[_evenly(len(real), len(made))]
        apart = set_distances(part, made)
        if len(real) < min(SUBSET, len(made)):
            self.notes.append(f"subsets for kernel distances are of {len(real)}: there are no more real ones")
        if min(len(part), len(made)) <= NEIGHBOURS:
            raise UsageError(f"{min(len(part), len(made))} images are too few to compare", "give more")
        near = neighbourhoods(part, made, NEIGHBOURS)
        name = self.features.name
        group = f"{name} features"
        return [
            SetFigure(f"{name}-feature Fréchet distance", apart.frechet),
            SetFigure(f"{name}-feature kernel distance x 1000", 1000 * apart.kernel),
            SetFigure("precision", near.precision, group),
            SetFigure("recall", near.recall, group),
            SetFigure("density", near.density, group),
            SetFigure("coverage", near.coverage, group),
        ]

    def _copies(self, real: Tensor, made: Tensor) -> list[SetFigure]:
        """Return the share of made images as near to a real one as few different real ones are to another."""
        different = real[distinct(self.real.images).to(real.device)]
        if len(different) < 2:
            raise UsageError("the real pictures are all the same", "give different ones")
        part = different[_evenly(len(different), len(made))]
        limit = copy_distance(radii(part, 1, among=different))
        share = float((nearest_distances(made, different) <= limit).float().mean())
        self.notes.append(f"near-copies would be {COPIES:g} if made images were new real ones")
        return [SetFigure("near-copies of real pictures", share, f"{self.features.name} features")]

    def _standard(self, made: Tensor) -> list[SetFigure]:
        assert self.inception is not None  # noqa: S101 - the caller looked
        real = features_of(self.inception, self.real.images, self.device)
        apart = set_distances(real, made)
        return [SetFigure("FID", apart.frechet, "Inception"), SetFigure("KID", apart.kernel, "Inception")]

    def _sheet(self, shown: list[Tensor], made: Tensor, real: Tensor) -> Tensor:
        """Return made images in the first column, the real ones nearest to each in its row."""
        found = nearest(made, real, min(NEIGHBOURS_SHOWN, len(real)))
        rows = [
            image
            for one, near in zip(shown, found, strict=True)
            for image in (one, *(self.real.images[near].float() / 255))
        ]
        return grid(rows, len(rows), 1 + found.shape[1]).float() / 255

    def _inception(self) -> Features | None:
        found, why = inception_features(self.options.inception, self.device)
        if found is None:
            self.notes.append(why)
        return found

    def _judge(self) -> DigitJudge | None:
        """Return what judges digits, where the pictures are digits and the classifier is there."""
        try:
            classifier = load_classifier(self.device)
        except WeightError:
            return None
        if not are_digits(self.real, classifier):
            return None
        return DigitJudge(classifier, self.inputs.classes)


def _evenly(length: int, wanted: int) -> Tensor:
    """Return at most `wanted` places of `length`, evenly apart."""
    if length <= wanted:
        return torch.arange(length)
    return torch.linspace(0, length - 1, wanted).long()
