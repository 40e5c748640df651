"""`gantool doctor --report`: what a bug report needs, without whose machine it is from."""

from __future__ import annotations

import getpass
import json
import platform
from pathlib import Path

import pytest

from gantool.cli import examine
from gantool.cli.examine import Section
from gantool.cli.redact import redact

from .conftest import Run


@pytest.fixture
def _somebody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home" / "Maria")
    monkeypatch.setattr(getpass, "getuser", lambda: "maria")
    monkeypatch.setattr(platform, "node", lambda: "marias-laptop")


@pytest.mark.usefixtures("_somebody")
def test_names_are_taken_out(tmp_path: Path) -> None:
    home = tmp_path / "home" / "Maria"
    text = f"{home}/photos, /run/media/maria/disk, MARIA@marias-laptop, primaria"
    assert redact(text) == "~/photos, /run/media/USER/disk, USER@HOST, primaria"


@pytest.mark.usefixtures("_somebody")
def test_the_report_has_every_section_and_no_name(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = (("python", f"3.11 ({tmp_path}/home/Maria/venv/bin/python)"),)
    monkeypatch.setattr(examine, "examine", lambda: (Section("versions", facts), Section("disk", ())))
    path = tmp_path / "report.json"
    answer = run("doctor", "--report", str(path))
    assert (answer.code, "look through it" in answer.out) == (0, True)
    assert json.loads(path.read_text()) == {"versions": {"python": "3.11 (~/venv/bin/python)"}, "disk": {}}
    again = run("doctor", "--report", str(path))
    assert (again.code, "exists" in again.err) == (2, True)
    unwritable = run("doctor", "--report", str(tmp_path / "none" / "r.json"))
    assert (unwritable.code, "(GT702)" in unwritable.err) == (1, True)


def test_names_that_json_escapes_are_taken_out(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "Jürgen"
    monkeypatch.setattr(Path, "home", lambda: home)
    monkeypatch.setattr(getpass, "getuser", lambda: "jürgen")
    monkeypatch.setattr(platform, "node", lambda: "café")
    facts = (("python", f"{home}/bin, café"), ("jürgen", "C:\\Users\\jürgen\\x"))
    monkeypatch.setattr(examine, "examine", lambda: (Section("versions", facts),))
    path = tmp_path / "report.json"
    assert run("doctor", "--report", str(path)).code == 0
    told = {"versions": {"python": "~/bin, HOST", "USER": "C:\\Users\\USER\\x"}}
    assert json.loads(path.read_text()) == told
