from __future__ import annotations

from pathlib import Path

import pytest

from gantool.errors import UsageError
from gantool.keywords import options_of
from gantool.weights import folders
from gantool_style_transfer.options import StyleOptions, known_styles, needed_weights
from tests.style_transfer.painted import save_painting


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store of two styles and nothing else."""
    for name in ("style-transfer-wave", "style-transfer-starry-night", "style-transfer-any", "other"):
        (tmp_path / f"{name}.safetensors").touch()
    only = (folders.Folder(folders.Source.USER, tmp_path),)
    monkeypatch.setattr(folders, "folders", lambda: only)
    return tmp_path


def test_a_name_is_any_weight_of_that_pattern(store: Path) -> None:
    assert known_styles() == ("starry-night", "wave")
    assert needed_weights(StyleOptions(style="wave")) == ("style-transfer-wave",)
    (store / "style-transfer-my-own.safetensors").touch()
    assert needed_weights(StyleOptions(style="my-own")) == ("style-transfer-my-own",)


@pytest.mark.parametrize("name", ["painting.jpg", "painting"])
def test_a_file_is_a_painting_whatever_it_is_called(
    store: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(store)
    save_painting(store / "painting.jpg").rename(store / name)
    options = StyleOptions(style=name)
    assert options.painting_file == Path(name)
    assert needed_weights(options) == ("style-transfer-any",)


def test_an_unknown_style_names_the_nearest_and_the_list(store: Path) -> None:
    with pytest.raises(UsageError) as caught:
        needed_weights(StyleOptions(style="stary-night"))
    assert str(caught.value) == (
        "there is no style 'stary-night'; did you mean starry-night? The styles are starry-night, wave; "
        "or give a painting's file"
    )
    with pytest.raises(UsageError, match="'qqq'; the styles are starry-night, wave; or"):
        needed_weights(StyleOptions(style="qqq"))


@pytest.mark.usefixtures("store")
def test_a_painting_that_is_not_there_is_no_style() -> None:
    with pytest.raises(UsageError, match=r"--style lost\.png does not exist"):
        needed_weights(StyleOptions(style="lost.png"))


@pytest.mark.parametrize("given", [{"stroke_size": 0.4}, {"stroke_size": 2.5}, {"strength": 1.1}])
def test_ranges_hold_from_python_too(given: dict[str, float]) -> None:
    with pytest.raises(UsageError, match="out of range"):
        options_of(StyleOptions, given, "style-transfer")


def test_python_may_give_a_path() -> None:
    made = options_of(StyleOptions, {"style": Path("some") / "painting.jpg"}, "style-transfer")
    assert made.painting_file == Path("some/painting.jpg")
