"""The command, as somebody who has a photograph and a name meets it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gantool.cli import main
from tests.style_transfer.painted import save_painting


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--style", "stary-night"], "did you mean starry-night?"),
        (["--style", "lost.jpg"], "--style lost.jpg does not exist"),
    ],
)
@pytest.mark.parametrize("made_before", [False, True])
def test_a_style_that_is_none_is_refused_even_where_a_result_exists(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], given: list[str], message: str, *, made_before: bool
) -> None:
    photo, result = save_painting(tmp_path / "photo.png"), tmp_path / "result.png"
    if made_before:
        save_painting(result)
    with pytest.raises(SystemExit) as caught:
        main(["enhance", "style-transfer", str(photo), "-o", str(result), *given])
    assert caught.value.code == 2
    assert message in " ".join(capsys.readouterr().err.split())


def test_a_style_and_the_weight_of_another_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = save_painting(tmp_path / "photo.png")
    with pytest.raises(SystemExit) as caught:
        main(
            ["enhance", "style-transfer", str(photo), "--style", "wave", "--weights", "style-transfer-mosaic"]
        )
    assert caught.value.code == 2
    assert "--style wave is style-transfer-wave" in " ".join(capsys.readouterr().err.split())


def test_the_method_has_the_name_that_recipes_and_cards_give_it(capsys: pytest.CaptureFixture[str]) -> None:
    for flag, message in (("--method", "'oil' is not one of"), ("--recipe", "No such option: --recipe")):
        with pytest.raises(SystemExit) as caught:
            main(["train", "style-transfer", flag, "oil"])
        assert caught.value.code == 2
        assert message in capsys.readouterr().err


def test_a_painting_is_an_input_and_never_written_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo, painting = save_painting(tmp_path / "photo.png"), save_painting(tmp_path / "painting.png")
    before, again = painting.read_bytes(), ("--overwrite",)
    with pytest.raises(SystemExit) as caught:
        main(["enhance", "style-transfer", str(photo), "--style", str(painting), "-o", str(painting), *again])
    assert caught.value.code == 2
    assert "painting.png is read" in capsys.readouterr().err
    assert painting.read_bytes() == before


def test_a_manifest_heeds_what_the_painting_holds(tmp_path: Path) -> None:
    from gantool.inference.manifest import digest_of
    from gantool.inference.saving import Saving
    from gantool.inference.steps import Step
    from gantool.plugins import load
    from gantool_style_transfer.options import StyleOptions

    painting, saving = save_painting(tmp_path / "painting.png"), Saving(90, strip_metadata=False)
    step = Step(load("style-transfer"), StyleOptions(style=str(painting)))
    first = digest_of([step], saving)
    assert digest_of([step], saving) == first
    painting.write_bytes(painting.read_bytes() + b"another")
    assert digest_of([step], saving) != first
