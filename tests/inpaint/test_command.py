"""`gantool enhance inpaint`, from arguments to files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import gantool
from gantool.errors import UsageError
from tests.cli.conftest import Run
from tests.cli.conftest import run as run
from tests.inpaint.pictures import hole, photo, write_weight


@pytest.fixture(autouse=True)
def _photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two pictures, a mask for one of them in a folder, and the weight."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GANTOOL_WEIGHTS", str(tmp_path / "store"))
    for folder in ("store", "masks"):
        Path(folder).mkdir()
    write_weight(Path("store/inpaint-photo.safetensors"))
    for name in ("a.png", "b.png"):
        Image.fromarray(photo()).save(name)
    Image.fromarray(hole()).save("masks/a_mask.png")


def pixels(name: str) -> np.ndarray:
    return np.array(Image.open(name))


def enhance(run: Run, *arguments: str) -> tuple[int, str]:
    answer = run("enhance", "inpaint", *arguments, "--device", "cpu", "--precision", "fp32")
    return answer.code, answer.out + answer.err


def test_a_mask_folder_with_a_missing_name_fails_that_picture_alone(run: Run) -> None:
    code, said = enhance(run, "a.png", "b.png", "--mask", "masks")
    assert code == 1
    assert "masks has no b.* for b.png" in said
    assert "1 done, 1 failed" in said
    mask = hole() > 0
    assert (pixels("a_inpaint.png")[~mask] == photo()[~mask]).all()
    assert (pixels("a_inpaint.png")[mask] != photo()[mask]).any()
    # A box marks something in every picture; the folder is to hold a mask for each all the same.
    assert enhance(run, "b.png", "--mask", "masks", "--box", "1,1,4,4")[0] == 1


def test_no_source_of_holes_is_a_line_that_lists_them(run: Run) -> None:
    code, said = enhance(run, "a.png")
    assert code == 2
    assert said == (
        "error: nothing says where to fill; give --mask FILE, --box, --polygon or --mask-from (GT100)\n"
    )
    help_text = run("enhance", "inpaint", "--help").out
    assert help_text.index("--mask ") < help_text.index("--box")


@pytest.mark.parametrize("flag", ["--invert-mask", "--fit-mask"])
def test_how_a_mask_is_read_means_nothing_without_one(run: Run, flag: str) -> None:
    code, said = enhance(run, "a.png", "--box", "1,1,4,4", flag)
    assert (code, said) == (
        2,
        f"error: {flag} says how --mask is read, and there is none; leave it out, or give --mask (GT100)\n",
    )


@pytest.mark.parametrize("option", ["invert_mask", "fit_mask"])
def test_in_memory_that_is_refused_too(option: str) -> None:
    words = f"--{option.replace('_', '-')} says how --mask is read, and there is none"
    fill = gantool.load("inpaint", box=["1,1,4,4"], device="cpu", precision="fp32", **{option: True})
    with pytest.raises(UsageError, match=words):
        fill(photo())
    assert fill(photo(), mask=hole()).shape == photo().shape


def test_of_two_masks_none_is_dropped_in_silence(run: Run) -> None:
    mask = "masks/a_mask.png"
    code, said = enhance(run, "a.png", "--mask", mask, "--mask", mask)
    assert (code, said.count("--mask is given 2 times")) == (2, 1)


@pytest.mark.parametrize(
    ("flag", "outside", "across"),
    [
        ("--box", "119,90,9,9", "119,89,9,9"),
        ("--box", "-9,0,9,9", "-9,0,10,9"),
        ("--polygon", "120,0 130,0 130,9", "119,0 130,0 130,9"),
    ],
)
def test_what_lies_outside_of_a_picture_fails_it_alone(
    run: Run, flag: str, outside: str, across: str
) -> None:
    Image.new("RGB", (240, 180)).save("larger.png")
    code, said = enhance(run, "a.png", "larger.png", flag, "40,50,30,20" if flag == "--box" else across)
    assert code == 0, said
    code, said = enhance(run, "b.png", flag, outside)
    assert code == 1
    shown = outside if flag == "--box" else f'"{outside}"'
    assert f"failed: b.png: {flag} {shown} lies outside of the picture (120 x 90); x and y are" in said
    assert not Path("b_inpaint.png").exists()
    assert enhance(run, "b.png", flag, across)[0] == 0


def test_a_mask_of_another_size_is_fitted_or_refused(run: Run) -> None:
    Image.fromarray(hole()[::2, ::2]).save("small.png")
    code, said = enhance(run, "a.png", "--mask", "small.png")
    assert code == 1
    assert "small.png is 60 x 45 and its picture 120 x 90" in said
    assert "unless --fit-mask is given" in said
    assert enhance(run, "a.png", "--mask", "small.png", "--fit-mask")[0] == 0
    changed = (pixels("a_inpaint.png") != photo()).any(-1)
    assert changed.any()
    assert not changed[hole() == 0].any()


def test_candidates_are_files_of_their_own(run: Run) -> None:
    code, said = enhance(run, "a.png", "--box", "40,50,30,20", "--variants", "3")
    assert code == 0
    assert "3 done" in said
    made = [pixels(f"a_inpaint-{number}.png") for number in (1, 2, 3)]
    assert (made[0] != made[1]).any()
    code, said = enhance(run, ".", "--box", "40,50,30,20", "--variants", "3")
    assert "3 former results left out" in said
    assert enhance(run, "a.png", "--box", "1,1,9,9", "--variants", "2", "-o", "x.png")[0] == 2


def test_bad_input_is_a_line(run: Run) -> None:
    Image.new("L", (120, 90), 255).save("white.png")
    code, said = enhance(run, "a.png", "--mask", "white.png")
    assert code == 1
    assert "a.png: all of the picture is marked: nothing is left to fill it from" in said
    Image.new("L", (120, 90), 0).save("black.png")
    code, said = enhance(run, "a.png", "--mask", "black.png")
    assert code == 0
    assert "nothing to fill, copied through" in said
    assert (pixels("a_inpaint.png") == photo()).all()
    code, said = enhance(run, "b.png", "--mask-from", "alpha")
    assert code == 1
    assert "b.png: the picture has no transparency" in said


def test_from_python() -> None:
    filler = gantool.load("inpaint", device="cpu", box=["40,50,30,20"], variants=2)
    first, second = filler.candidates(photo())
    assert (first == filler(photo())).all()
    assert (first != second).any()
    with pytest.raises(UsageError, match="several"):
        filler("a.png")
    masked = gantool.enhance(photo(), "inpaint", device="cpu", mask=hole())
    assert (masked[hole() == 0] == photo()[hole() == 0]).all()
    with pytest.raises(UsageError, match="mask"):
        gantool.enhance(photo(), "inpaint", device="cpu")


@pytest.mark.parametrize("paint", [(255, 0, 0), (255, 255, 255), (0, 0, 0)])
def test_what_is_painted_on_a_transparent_layer_is_the_mask(run: Run, paint: tuple[int, int, int]) -> None:
    under = np.full((90, 120, 3), 255 if paint == (255, 255, 255) else 0, np.uint8)
    under[hole() > 0] = paint
    layer = Image.fromarray(np.dstack([under, hole()]))
    layer.save("layer.png")
    Image.fromarray(hole()).save("plain.png")
    for name in ("layer", "plain"):
        code, said = enhance(run, "a.png", "--mask", f"{name}.png", "-o", f"by-{name}.png")
        assert code == 0, said
    assert (pixels("by-layer.png") == pixels("by-plain.png")).all()
    made = gantool.enhance(photo(), "inpaint", mask=layer, device="cpu", precision="fp32")
    assert (made == pixels("by-plain.png")).all()


def test_an_alpha_that_is_the_same_everywhere_says_nothing(run: Run) -> None:
    Image.fromarray(np.dstack([hole(), hole(), hole(), np.full_like(hole(), 255)])).save("opaque.png")
    assert enhance(run, "a.png", "--mask", "opaque.png")[0] == 0
    assert (pixels("a_inpaint.png")[hole() == 0] == photo()[hole() == 0]).all()


def test_a_mask_of_0_and_1_is_refused_and_an_empty_one_is_not(run: Run) -> None:
    Image.fromarray(hole() // 255).save("labels.png")
    Image.fromarray(0 * hole()).save("empty.png")
    code, said = enhance(run, "a.png", "--mask", "labels.png")
    assert code == 1
    assert "failed: a.png: nothing in the mask is white (its brightest is 1 of 255); paint white" in said
    assert enhance(run, "a.png", "--mask", "labels.png", "--invert-mask")[0] == 1
    assert enhance(run, "a.png", "--mask", "empty.png")[0] == 0


@pytest.mark.parametrize("flags", [(), ("--quality", "92")])
def test_a_lossless_webp_keeps_what_lies_outside_unless_a_quality_is_given(
    run: Run, flags: tuple[str, ...]
) -> None:
    Image.fromarray(photo()).save("a.webp", lossless=True)
    assert enhance(run, "a.webp", "--mask", "masks/a_mask.png", *flags)[0] == 0
    outside = hole() == 0
    assert (pixels("a_inpaint.webp")[outside] == photo()[outside]).all() == (not flags)
