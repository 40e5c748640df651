"""What a digit classifier says of made digits: are all there, is it sure, is it what was asked for."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from gantool.task import SetFigure
from gantool_generate.classifier import DIGITS, DigitClassifier

SURE = 0.9
GROUP = "digit classifier"


class DigitJudge:
    """Looks at batches of images and remembers counts alone."""

    def __init__(self, classifier: DigitClassifier, classes: Sequence[str]) -> None:
        """Judge images whose number k was drawn of class k modulo the number of `classes`."""
        self._classifier = classifier
        self._classes = [int(name) for name in classes] if all(map(str.isdigit, classes)) else []
        self._counts = torch.zeros(DIGITS, dtype=torch.long)
        self._sure = 0
        self._right = 0

    @torch.inference_mode()
    def look(self, images: Tensor, numbers: Sequence[int]) -> None:
        """Judge images (N, 1, 28, 28) in [0, 1]."""
        top = self._classifier(images).softmax(1).max(1)
        said = top.indices.cpu()
        self._counts += torch.bincount(said, minlength=DIGITS)
        self._sure += int((top.values > SURE).sum())
        if self._classes:
            asked = torch.tensor([self._classes[number % len(self._classes)] for number in numbers])
            self._right += int((said == asked).sum())

    def figures(self) -> list[SetFigure]:
        """Return the figures over all images that were looked at."""
        count = int(self._counts.sum())
        shares = (self._counts / count).tolist()
        found = [
            SetFigure("digits found, of 10", float((self._counts > 0).sum()), GROUP),
            SetFigure("largest share", max(shares), GROUP),
            SetFigure("smallest share", min(shares), GROUP),
            SetFigure(f"top probability over {SURE}", self._sure / count, GROUP),
        ]
        if self._classes:
            found.append(SetFigure("asked class right", self._right / count, GROUP))
        return [*found, *(SetFigure(f"share of {digit}", share, GROUP) for digit, share in enumerate(shares))]
