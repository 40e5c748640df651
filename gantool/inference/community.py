"""Networks of other projects: from a file of nothing but tensors to an enhancer, by the library spandrel.

spandrel tells the architecture from names and shapes of the tensors. The file itself is read by
`gantool.weights.exchange.foreign_tensors`, which executes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gantool.errors import UsageError, WeightError
from gantool.inference.precision import Precision
from gantool.inference.reach import geometry_of
from gantool.inference.result import Settings
from gantool.task import Box, Foreign, Geometry, LoadedWeight, Picture, Purpose
from gantool.weights import files
from gantool.weights.card import Card
from gantool.weights.exchange import foreign_tensors

if TYPE_CHECKING:
    from torch import Tensor, nn

    from gantool.inference.steps import Step
    from gantool.task import State

_MIXED = ("dtype", "scalar type", "data type", "same type")


@dataclass(frozen=True)
class Network:
    """An enhancer over another project's network, what is known of its file, and how it may be run."""

    enhancer: CommunityEnhancer
    weight: LoadedWeight
    settings: Settings


def open_network(step: Step, path: Path, settings: Settings) -> Network:
    """Load the network of `path` for a step that can take it.

    Raises:
        WeightError: The file is damaged, holds more than tensors, or is of no architecture that is known; or
            it was made for something else than the task does.
        UsageError: A scale is stated that is not the network's.
    """
    foreign = step.capability.foreign
    assert foreign is not None  # noqa: S101 - `Step.foreign_file` looked
    digest = hashlib.sha256(files.read_bytes(path)).hexdigest()
    model = _model(path, foreign_tensors(path))
    _check_purpose(path, model, foreign, step.task.name)
    _check_scale(path, model, getattr(step.options, foreign.scale) if foreign.scale in step.stated else None)
    enhancer = CommunityEnhancer(model, foreign.mask)
    card = Card(
        id=path.stem,
        task=step.task.name,
        architecture=f"spandrel {model.architecture.id}",
        config={"scale": int(model.scale), "channels": enhancer.channels},
        licence="unknown",
    )
    weight = LoadedWeight(path.stem, card, {}, digest, path)
    return Network(enhancer, weight, replace(settings, precision=_precision(model, settings)))


class CommunityEnhancer:
    """Implements `gantool.task.Enhancer` over a model descriptor of spandrel."""

    def __init__(self, model: Any, mask: str = "") -> None:
        """Take the model's facts over.

        Raises:
            WeightError: It takes or gives neither one channel nor three.
        """
        if model.input_channels != model.output_channels or model.input_channels not in (1, 3):
            raise WeightError(
                f"the network takes {model.input_channels} channels and gives {model.output_channels}",
                "one or three are possible, the same on both sides",
            )
        self._model = model
        self._mask = mask
        self.module: nn.Module = model.model.eval()
        self.channels = int(model.input_channels)
        self.geometry: Geometry = geometry_of(model)

    def prepare(self, whole: Picture, extras: Mapping[str, Picture]) -> Picture | None:
        """Return the picture of the holes, where there are any to fill."""
        return extras.get(self._mask)

    def describe(self, state: State) -> str:
        """Return nothing: nothing was found out."""
        return ""

    def regions(self, state: State) -> Sequence[Box] | None:
        """Return None: the whole picture is computed."""
        return None

    def __call__(self, image: Tensor, box: Box, state: Picture | None) -> Tensor:
        """Map (1, C, h, w) to (1, C, h * scale, w * scale); outside of holes to fill, the image stays."""
        if state is None:
            return self._once(image)
        mask = (state.crop(box)[:, :1].to(image.device) > 0.5).to(image.dtype)
        return image + mask * (self._once(image, mask) - image)

    def _once(self, *inputs: Tensor) -> Tensor:
        try:
            output: Tensor = self._model(*inputs)
        except RuntimeError as error:
            # Written for one number format, it meets weights of another: the ladder's next rung has none.
            if any(word in str(error) for word in _MIXED):
                raise NotImplementedError(f"not implemented for this precision: {error}") from error
            raise
        return output.float()


def _model(path: Path, tensors: Mapping[str, Tensor]) -> Any:
    """Return spandrel's descriptor of the network that the tensors belong to, in float32."""
    import spandrel

    if not all(bool(tensor.float().isfinite().all()) for tensor in tensors.values()):
        raise WeightError(f"{path} holds values that are not finite", "copy or download it again")
    try:
        state = spandrel.canonicalize_state_dict(dict(tensors))
        return spandrel.ModelLoader().load_from_state_dict(state).float()
    except spandrel.UnsupportedModelError as error:
        raise WeightError(
            f"{path} is of no architecture that spandrel {spandrel.__version__} knows",
            "import it with a card where a task has the architecture: see `gantool weights import --help`",
        ) from error
    except Exception as error:  # a file of an unknown network is misread in a dozen ways
        why = (str(error).strip() or type(error).__name__).splitlines()[0][:160]
        raise WeightError(f"{path} looks like a known architecture and is none ({why})") from error


def _check_purpose(path: Path, model: Any, foreign: Foreign, task: str) -> None:
    purpose = _purpose(model)
    if purpose is foreign.purpose:
        return
    does = purpose.value if purpose else f"is for {model.purpose}"
    raise WeightError(
        f"{path} ({model.architecture.name}) {does}; {task} runs one that {foreign.purpose.value}",
        "take it to a task of its kind",
    )


def _purpose(model: Any) -> Purpose | None:
    import spandrel

    if isinstance(model, spandrel.MaskedImageModelDescriptor):
        return Purpose.FILL
    if model.purpose == "SR":
        return Purpose.ENLARGE
    return Purpose.RESTORE if model.purpose == "Restoration" else None


def _check_scale(path: Path, model: Any, stated: object) -> None:
    if stated is not None and stated != model.scale:
        raise UsageError(
            f"--scale {stated} is asked, and {path} enlarges x{model.scale}", f"leave --scale {stated} out"
        )


def _precision(model: Any, settings: Settings) -> Precision:
    """Return what was asked for, or fp32 where nothing was or the network is known not to bear it.

    Nobody has measured what bf16 costs a network that is met for the first time: two common ones came
    within 50 and 56 dB of their fp32 results by it, at twice the speed on a CPU with bf16 units. So it is
    for the user to ask for.
    """
    fit = {Precision.FP16: model.supports_half, Precision.BF16: model.supports_bfloat16}
    return settings.precision if fit.get(settings.precision, False) else Precision.FP32
