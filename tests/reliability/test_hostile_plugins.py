"""Plugins that hang, print or bring torch in: named, timed, and kept from what others print."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path

import pytest

from gantool import plugins
from tests.cli.conftest import Run
from tests.distributions import SOUND, install


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_what_a_plugin_prints_stays_out_of_the_results(site: Path, run: Run) -> None:
    install(site, "gantool-loud", "colorize", "print('hello, world')\n" + SOUND, module="loud_plugin")
    answer = run("plugins", "list", "--json")
    (record,) = [one for one in json.loads(answer.out) if one["name"] == "colorize"]
    assert (record["status"], record["imports_torch"]) == ("ok", False)
    assert record["seconds"] > 0
    assert answer.err == "hello, world\n"


def test_a_plugin_that_hangs_is_named_while_it_waits(
    site: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = threading.Event()
    source = "import loading_stopper\nloading_stopper.wait()\n" + SOUND
    install(site, "gantool-slow", "colorize", source, module="slow_plugin")

    class Stopper:
        @staticmethod
        def wait() -> None:
            while "still waiting" not in (text := capsys.readouterr().err):
                threading.Event().wait(0.01)
            assert "plugin 'colorize' of gantool-slow 1.0" in text
            said.set()

    monkeypatch.setitem(sys.modules, "loading_stopper", Stopper)  # type: ignore[arg-type]
    monkeypatch.setattr(plugins, "PATIENCE", 0.01)
    assert plugins.load("colorize").name == "colorize"
    assert said.is_set()


def test_a_plugin_that_imports_torch_at_once_is_told(
    site: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch = sys.modules.get("torch")
    install(site, "gantool-heavy", "colorize", "import torch\n" + SOUND, module="hasty_plugin")
    (site / "torch.py").write_text("")
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    try:
        line = next(line for line in run("plugins", "list").out.splitlines() if "colorize" in line)
    finally:
        sys.modules.pop("torch", None)
        if torch is not None:
            sys.modules["torch"] = torch
    assert "gantool-heavy 1.0, " in line
    assert "imports torch at once" in line


def test_a_plugin_that_raises_leaves_the_others_alone(site: Path, run: Run) -> None:
    install(site, "gantool-wild", "wild", "import sys; sys.exit(5)", module="wild_plugin")
    install(site, "gantool-sound", "colorize", module="sound_plugin")
    lines = run("plugins", "list").out.splitlines()
    assert any(line.startswith("colorize  ok") for line in lines)
    assert any(line.startswith("wild  broken") and "SystemExit: 5" in line for line in lines)
