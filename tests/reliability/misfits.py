"""Weight files of tiny networks of every built-in task, their tensors or configurations spoiled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from gantool.networks.config import Value
from gantool.task import LoadedWeight
from gantool.weights import files
from gantool.weights.card import Card
from gantool_generate.config import Preset
from tests.denoise.pictures import make_weight as denoise_weight
from tests.generate.weights import load as load_generator
from tests.generate.weights import write_generator
from tests.inpaint.pictures import loaded as inpaint_weight
from tests.style_transfer.painted import make_weight as style_weight
from tests.superres.test_enhance import make_weight as superres_weight

Tensors = dict[str, Tensor]
Config = dict[str, Value]


@dataclass(frozen=True)
class Subject:
    """A task's tiny weight, the command that uses it, and the names in its configuration to spoil.

    `key` is a name of a width, `large` of what there may be too much of.
    """

    weight: Callable[[Path], LoadedWeight]
    command: tuple[str, ...]
    key: str
    large: str


def made(task: str, architecture: str, config: Config, network: torch.nn.Module) -> LoadedWeight:
    """Return a network as if read from a file."""
    card = Card("w", task, architecture, config, "CC0-1.0")
    return LoadedWeight("w", card, network.state_dict(), "", Path("w.safetensors"))


def _sample(preset: Preset) -> Subject:
    return Subject(
        lambda folder: load_generator(write_generator(folder, preset)),
        ("sample", "generate", "--count", "1"),
        "latent",
        "latent",
    )


def _enhance(weight: Callable[[], LoadedWeight], key: str, large: str, *options: str) -> Subject:
    task = weight().card.task
    return Subject(lambda folder: weight(), ("enhance", task, "photo.png", *options), key, large)


SUBJECTS = {
    "superres": _enhance(superres_weight, "width", "blocks", "--scale", "2"),
    "denoise": _enhance(denoise_weight, "width1", "middle"),
    "inpaint": _enhance(inpaint_weight, "width1", "middle", "--box", "4,4,8,8"),
    "style-transfer": _enhance(style_weight, "width", "blocks"),
    **{f"generate-{preset}": _sample(preset) for preset in Preset},
}


def _first(tensors: Tensors) -> str:
    return next(name for name, tensor in tensors.items() if tensor.is_floating_point() and tensor.dim() > 1)


def _missing(subject: Subject, tensors: Tensors, config: Config) -> None:
    del tensors[_first(tensors)]


def _shape(subject: Subject, tensors: Tensors, config: Config) -> None:
    name = _first(tensors)
    tensors[name] = torch.zeros(*tensors[name].shape[:-1], tensors[name].shape[-1] + 1)


def _extra(subject: Subject, tensors: Tensors, config: Config) -> None:
    tensors["no.such.layer\n"] = torch.zeros(3)


def _empty(subject: Subject, tensors: Tensors, config: Config) -> None:
    tensors[_first(tensors)] = torch.zeros(0, 3)


def _whole_numbers(subject: Subject, tensors: Tensors, config: Config) -> None:
    tensors[_first(tensors)] = tensors[_first(tensors)].to(torch.int32)


def _none(subject: Subject, tensors: Tensors, config: Config) -> None:
    tensors.clear()


def _lacking(subject: Subject, tensors: Tensors, config: Config) -> None:
    del config[subject.key]


def _type(subject: Subject, tensors: Tensors, config: Config) -> None:
    config[subject.key] = "wide\n" * 1000


def _unknown(subject: Subject, tensors: Tensors, config: Config) -> None:
    config["no such\nkey"] = 3


def _negative(subject: Subject, tensors: Tensors, config: Config) -> None:
    config[subject.large] = -3


def _zero(subject: Subject, tensors: Tensors, config: Config) -> None:
    config[subject.key] = 0


def _large(subject: Subject, tensors: Tensors, config: Config) -> None:
    config[subject.large] = 60_000


def _wide(subject: Subject, tensors: Tensors, config: Config) -> None:
    config[subject.key] = 60_000


def _absurd(subject: Subject, tensors: Tensors, config: Config) -> None:
    config[subject.large] = 10**7


def _beyond_numbers(subject: Subject, tensors: Tensors, config: Config) -> None:
    config[subject.large] = 10**400


Spoil = Callable[[Subject, Tensors, Config], None]

SPOILS: dict[str, tuple[Spoil, str]] = {
    "a tensor missing": (_missing, "is missing"),
    "another shape": (_shape, "is of shape"),
    "a tensor too many": (_extra, "belongs to no layer"),
    "an empty tensor": (_empty, "is of shape (0, 3) in place of"),
    "whole numbers": (_whole_numbers, "is of int32 in place of float32"),
    "no tensors": (_none, "is missing"),
    "a key missing": (_lacking, ""),
    "a wrong type": (_type, "which is no int"),
    "an unknown key": (_unknown, "has an unknown"),
    "a negative number": (_negative, "is not within 0 and 65536"),
    "a width of nothing": (_zero, ""),
    "many layers": (_large, ""),
    "wide layers": (_wide, ""),
    "layers beyond measure": (_absurd, "is not within 0 and 65536"),
    "a number beyond numbers": (_beyond_numbers, "is not within 0 and 65536"),
}
"""What is done to a file, and what its line must hold."""


def spoiled(subject: Subject, spoil: Spoil, folder: Path) -> Path:
    """Write the subject's weight, spoiled, and return its path."""
    weight = subject.weight(folder)
    tensors, config = dict(weight.tensors), dict(weight.card.config)
    spoil(subject, tensors, config)
    return written(folder / "spoiled.safetensors", replace(weight.card, config=config), tensors)


def written(path: Path, card: Card, tensors: Tensors) -> Path:
    """Write a weight file and return its path."""
    files.save(path, tensors, card)
    return path
