from __future__ import annotations

import dataclasses
import json
import math

import pytest

from gantool.errors import WeightError
from gantool.weights.card import Card, Measured, Parent

from .conftest import CARD

FULL = Card(
    id="colorize-soft",
    task="colorize",
    architecture="toy",
    config={"width": 8, "slope": 0.1, "act": "relu", "bias": True},
    licence="CC0-1.0",
    summary="Soft colours — and an ü.",
    recipe={"steps": 10, "rate": 1e-4},
    data="street",
    data_licence="CC-BY-4.0",
    package="gantool-colorize 1.2",
    commit="abc",
    steps=10,
    hours=1.5,
    machine="two cores",
    date="2026-01-02",
    parent="colorize-hard",
    parents=(Parent("colorize-hard", "ab" * 32, 0.25), Parent("colorize-pale", "cd" * 32, 0.75)),
    measured=(Measured("PSNR", 30.25, "Set5", "luma"), Measured("SSIM", 1, "Set5", "luma")),
    notes="none",
)


@pytest.mark.parametrize("card", [CARD, FULL])
def test_a_card_comes_back_as_it_was(card: Card) -> None:
    assert Card.from_json(card.to_json()) == card


def test_a_full_card_uses_every_field() -> None:
    empty = {field.name for field in dataclasses.fields(Card)} - {"version"}
    assert [name for name in empty if not getattr(FULL, name)] == []


def test_kinds_of_numbers_survive() -> None:
    config = Card.from_json(FULL.to_json()).config
    assert [type(value) for value in config.values()] == [type(FULL.config[name]) for name in config]


def test_equal_cards_are_the_same_text() -> None:
    reordered = dataclasses.replace(FULL, config=dict(reversed(FULL.config.items())))
    assert reordered.to_json() == FULL.to_json()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"licnce": "CC0"}, "unknown key 'licnce'; did you mean licence"),
        ({"steps": "10"}, "'steps' of the card is '10', not a whole number"),
        ({"steps": True}, "'steps'"),
        ({"hours": None}, "'hours'"),
        ({"hours": math.nan}, "'hours'"),
        ({"config": []}, "'config'"),
        ({"config": {"a": {"b": 1}}}, "'config.a'"),
        ({"config": {"a": math.inf}}, "'config.a'"),
        ({"measured": "PSNR"}, "'measured'"),
        ({"measured": [{"metric": "PSNR"}]}, "lacks 'value'"),
        ({"measured": ["PSNR"]}, "measured figure of the card is not a JSON object"),
        ({"parents": ["colorize-hard"]}, "a parent on the card is not a JSON object"),
        ({"parents": [{"id": "x", "sha256": "", "share": "half"}]}, "'share' of a parent on the card"),
        ({"version": 5}, "format version 5; upgrade gantool"),
    ],
)
def test_what_is_not_a_card_is_refused(change: dict[str, object], words: str) -> None:
    record = {**json.loads(CARD.to_json()), **change}
    with pytest.raises(WeightError) as caught:
        Card.from_json(json.dumps(record))
    assert words in str(caught.value)


def test_a_card_of_the_first_format_is_read_and_written_again_as_one_of_this() -> None:
    record = json.loads(FULL.to_json())
    del record["parents"]
    card = Card.from_json(json.dumps({**record, "version": 1}))
    assert card == dataclasses.replace(FULL, parents=(), version=1)
    assert Card.from_json(card.to_json()) == dataclasses.replace(FULL, parents=())


def test_a_card_of_the_third_format_names_no_package() -> None:
    record = json.loads(FULL.to_json())
    del record["package"]
    card = Card.from_json(json.dumps({**record, "version": 3}))
    assert card == dataclasses.replace(FULL, package="", version=3)
    assert Card.from_json(card.to_json()) == dataclasses.replace(FULL, package="")


@pytest.mark.parametrize("field", ["id", "task", "architecture", "config", "licence"])
def test_what_loading_needs_is_required(field: str) -> None:
    record = json.loads(CARD.to_json())
    del record[field]
    with pytest.raises(WeightError, match=f"the card lacks '{field}'"):
        Card.from_json(json.dumps(record))


@pytest.mark.parametrize(
    "change",
    [
        {"hours": 10**400},
        {"measured": [{"metric": "a", "value": -(10**400), "data": "b", "protocol": "c"}]},
        {"summary": "\ud800"},
        {"config": {"\udfff": 1}},
    ],
)
def test_what_python_would_only_raise_at_later_is_refused(change: dict[str, object]) -> None:
    """Numbers beyond a float's, by which no weight at all was listed; texts that cannot be written again."""
    record = {**json.loads(CARD.to_json()), **change}
    with pytest.raises(WeightError, match=r"not a finite number|not valid JSON"):
        Card.from_json(json.dumps(record))


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 100_000])
def test_text_that_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(WeightError, match="the card is not"):
        Card.from_json(text)


def test_a_card_that_could_not_be_read_back_is_not_written() -> None:
    with pytest.raises(WeightError, match=r"'recipe\.val'"):
        dataclasses.replace(CARD, recipe={"val": None}).to_json()  # type: ignore[dict-item]
