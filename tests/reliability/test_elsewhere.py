"""Names by the rules of Windows and macOS, tried here: reserved ones, folded letters, composed accents."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from gantool.errors import UsageError
from gantool.inference import manifest, sources
from gantool.inference import plan as planning
from gantool.inference.plan import Intent, Plan
from gantool.inference.targets import understand_output
from gantool.paths import identity, name_problem
from tests.reliability.plain import pictures

RESERVED = [
    "con.png",
    "NUL.jpg",
    "Aux",
    "prn.tar.gz",
    "COM1.png",
    "lpt9.webp",
    "com¹.png",
    "CONIN$.png",
    "nul .png",
]


@pytest.mark.parametrize(
    "name", [*RESERVED, "a:b.png", 'say "hi".png', "what?.png", "a\nb.png", "dot.", "space "]
)
def test_what_windows_cannot_name_is_told(name: str) -> None:
    assert "Windows" in name_problem(name, "win32")
    assert name_problem(name, "linux") == name_problem(name, "darwin") == ""


@pytest.mark.parametrize(
    "name", ["console.png", "com.png", "COM10.png", "null.png", "a.con.png", "été 😀 'x'.png"]
)
def test_what_only_looks_reserved_is_allowed(name: str) -> None:
    assert name_problem(name, "win32") == ""


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_names_are_measured_in_bytes(platform: str) -> None:
    assert name_problem("ä" * 127 + "b", platform) == ""
    assert "256 bytes" in name_problem("ä" * 128, platform)


@pytest.mark.parametrize(
    ("first", "second"), [("IMG.jpg", "img.JPG"), ("stra\u00dfe", "STRASSE"), ("e\u0301", "\u00e9")]
)
def test_one_file_by_two_spellings(first: str, second: str, tmp_path: Path) -> None:
    pair = tmp_path / first, tmp_path / second
    for platform in ("darwin", "win32"):
        assert len({identity(path, platform) for path in pair}) == 1
    assert len({identity(path, "linux") for path in pair}) == 2


@pytest.fixture(params=["darwin", "win32"])
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Plan as on another system, in a folder of its own."""
    platform: str = request.param
    for module in (planning, sources, manifest):
        monkeypatch.setattr(module, "identity", partial(identity, platform=platform))
    monkeypatch.setattr(planning, "name_problem", partial(name_problem, platform=platform))
    monkeypatch.chdir(tmp_path)
    return platform


def planned(*inputs: str, suffix: str | None = None) -> Plan:
    output = understand_output("out", inputs, default_suffix="_plain", suffix=suffix, format=None)
    return planning.plan(inputs, output)


def test_results_that_would_be_one_file_are_refused(elsewhere: str) -> None:
    for folder, name in (("a", "IMG.png"), ("b", "img.png")):
        pictures(Path(folder), 1)
        Path(folder, "00000.png").rename(Path(folder, name))
    with pytest.raises(UsageError, match="both be written"):
        planned("a/IMG.png", "b/img.png")


def test_two_spellings_of_an_input_count_once(elsewhere: str) -> None:
    pictures(Path("a"), 1)
    Path("a/00000.png").rename("a/x.png")
    Path("a/X.png").symlink_to("x.png")  # As such a system would answer for either spelling.
    assert len(planned("a/x.png", "a/X.png").jobs) == 1


def test_a_result_with_a_reserved_name_fails_alone(elsewhere: str) -> None:
    pictures(Path("in"), 2)
    Path("in/00000.png").rename("in/con.png")
    intents = {job.source.name: job.intent for job in planned("in").jobs}
    on_windows = elsewhere == "win32"
    assert intents == {"00001.png": Intent.ENHANCE, "con.png": Intent.FAIL if on_windows else Intent.ENHANCE}
    assert {job.intent for job in planned("in", suffix="_x").jobs} == {Intent.ENHANCE}
