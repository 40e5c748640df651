from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from gantool.errors import WeightError
from gantool.networks.config import NetworkConfig, Value, config_of
from gantool.task import LoadedWeight
from gantool.weights.card import Card


@dataclasses.dataclass(frozen=True)
class Shape(NetworkConfig):
    width: int
    gain: float
    gated: bool = False
    channels: int = 3

    def __post_init__(self) -> None:
        if self.channels not in (1, 3):
            raise ValueError("channels are 1 or 3")


def weight(config: dict[str, Value], architecture: str = "arch") -> LoadedWeight:
    return LoadedWeight("w", Card("w", "toy", architecture, config, "CC0-1.0"), {}, "", Path("w.safetensors"))


def test_a_configuration_comes_back_from_the_card() -> None:
    shape = Shape(8, 0.5, gated=True)
    card = Card.from_json(weight(shape.as_card()).card.to_json())
    assert config_of(dataclasses.replace(weight({}), card=card), Shape, "arch") == shape


def test_what_has_a_default_may_be_missing_and_whole_numbers_are_numbers() -> None:
    shape = config_of(weight({"width": 8, "gain": 2}), Shape, "arch")
    assert shape == Shape(8, 2.0)
    assert isinstance(shape.gain, float)


@pytest.mark.parametrize(
    ("config", "line"),
    [
        ({"width": 8}, "lacks 'gain'"),
        ({"width": 8, "gain": 1.0, "widht": 8}, "unknown 'widht'"),
        ({"width": 8.5, "gain": 1.0}, "8.5 as 'width', which is no int"),
        ({"width": 8, "gain": True}, "True as 'gain', which is no float"),
        ({"width": -1, "gain": 1.0}, "-1 as 'width', which is not within 0 and 65536"),
        ({"width": 10**7, "gain": 1.0}, "10000000 as 'width', which is not within"),
        ({"width": 8, "gain": 10**400}, "which is no float"),
        ({"width": 8, "gain": 1.0, "channels": 2}, "describes no network (channels are 1 or 3)"),
    ],
)
def test_what_is_not_the_configuration_is_refused(config: dict[str, Value], line: str) -> None:
    with pytest.raises(WeightError, match=r"w\.safetensors") as caught:
        config_of(weight(config), Shape, "arch")
    assert line in str(caught.value)


def test_another_architecture_is_refused() -> None:
    with pytest.raises(WeightError, match="holds the architecture 'other'") as caught:
        config_of(weight({"width": 8, "gain": 1.0}, "other"), Shape, "arch")
    assert caught.value.remedy == "toy runs 'arch'"
