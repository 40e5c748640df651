from __future__ import annotations

import itertools
import sys
from pathlib import Path

import pytest

from gantool import plugins
from gantool.errors import PluginError, UsageError
from gantool.plugins import PluginReport, Status

from .distributions import SOUND, install

_counter = itertools.count()


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def module() -> str:
    """Return a module name that no other test has imported."""
    return f"plugin_{next(_counter)}"


def report_of(name: str) -> PluginReport:
    return next(report for report in plugins.survey() if report.name == name)


def broken(site: Path, source: str, name: str = "colorize") -> str:
    """Install a plugin with this source; return the line it is broken with, the same to load and to list."""
    install(site, "gantool-colorize", name, source, module=module())
    with pytest.raises(PluginError) as caught:
        plugins.load(name)
    line = str(caught.value)
    assert report_of(name).reason == line
    assert report_of(name).status is Status.BROKEN
    assert "gantool-colorize 1.0" in line
    assert name in line
    assert "\n" not in line
    return line


def test_a_sound_plugin_is_named_loaded_and_listed(site: Path) -> None:
    install(site, "gantool-colorize", "colorize", module=module(), version="2.3")
    assert "colorize" in plugins.names()
    assert plugins.load("colorize").summary == "Colour grey pictures."
    report = report_of("colorize")
    assert (report.status, report.distribution, report.version) == (Status.OK, "gantool-colorize", "2.3")
    assert report.task is not None
    assert plugins.folder("colorize") == site


def test_names_come_from_metadata_and_only_the_named_plugin_is_imported(site: Path) -> None:
    wanted, other = module(), module()
    install(site, "one", "colorize", module=wanted)
    install(site, "two", "raises", "raise SystemExit('never')", module=other)
    assert {"colorize", "raises"} <= set(plugins.names())
    assert wanted not in sys.modules
    plugins.load("colorize")
    assert wanted in sys.modules
    assert other not in sys.modules


def test_names_are_sorted(site: Path) -> None:
    install(site, "one", "zzz", module=module())
    install(site, "two", "aaa", module=module())
    assert list(plugins.names()) == sorted(plugins.names())


def test_an_unknown_name_is_a_usage_error_with_the_nearest(site: Path) -> None:
    install(site, "one", "colorize", module=module())
    with pytest.raises(UsageError, match=r"'colourize'.*did you mean colorize\?"):
        plugins.load("colourize")


def test_two_distributions_with_one_name_are_both_named(site: Path) -> None:
    install(site, "alpha-color", "colorize", module=module())
    install(site, "beta-color", "colorize", module=module(), version="2.0")
    with pytest.raises(PluginError) as caught:
        plugins.load("colorize")
    assert "alpha-color 1.0" in str(caught.value)
    assert "beta-color 2.0" in str(caught.value)
    report = report_of("colorize")
    assert report.status is Status.BROKEN
    assert report.distribution == "alpha-color, beta-color"


def test_a_clash_leaves_the_other_plugins_alone(site: Path) -> None:
    install(site, "alpha-color", "clash", module=module())
    install(site, "beta-color", "clash", module=module())
    install(site, "sound", "colorize", module=module())
    assert plugins.load("colorize").name == "colorize"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("raise ValueError('half a\\nline')", "ValueError: half a line"),
        ("import a_package_nobody_has", "ModuleNotFoundError"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("class Panic(BaseException): ...\nraise Panic('deep')", "Panic: deep"),
        ("def broken(:", "SyntaxError"),
    ],
)
def test_whatever_an_import_raises_becomes_a_line(site: Path, source: str, reason: str) -> None:
    assert reason in broken(site, source)


def test_the_line_says_where_the_plugin_failed(site: Path) -> None:
    line = broken(site, "\n\n1 / 0\n")
    assert f"{site}/plugin_" in line
    assert ".py:3)" in line


def test_an_interrupt_is_no_broken_plugin(site: Path) -> None:
    install(site, "one", "colorize", "raise KeyboardInterrupt", module=module())
    with pytest.raises(KeyboardInterrupt):
        plugins.load("colorize")


def test_a_hook_that_raises(site: Path) -> None:
    source = SOUND.replace("return Task(", "raise OSError('no'); return Task(")
    assert "OSError: no" in broken(site, source)


def test_a_misspelt_hook(site: Path) -> None:
    assert "gantool_taks" in broken(site, SOUND.replace("def gantool_task", "def gantool_taks"))


def test_a_hook_with_an_argument_it_cannot_have(site: Path) -> None:
    assert "surprise" in broken(site, SOUND.replace("gantool_task()", "gantool_task(surprise)"))


def test_a_hook_without_its_marker(site: Path) -> None:
    assert "@hookimpl" in broken(site, SOUND.replace("@hookimpl\n", ""))


def test_something_that_is_no_task(site: Path) -> None:
    source = SOUND.replace("return Task(", "return dict(")
    assert "returned dict, not a Task" in broken(site, source)


def test_a_task_with_another_name(site: Path) -> None:
    line = broken(site, SOUND, name="other")
    assert "'colorize'" in line
    assert "'other'" in line


@pytest.mark.parametrize(
    ("field", "says"),
    [
        ("also_called=('tint')", "Task.also_called is of type str, not a tuple of str"),
        ("also_called=None", "Task.also_called is of type None"),
        ("known_weights=KnownWeight('w', 's', 'CC0-1.0')", "Task.known_weights is of type KnownWeight"),
        ("known_weights=('w',)", "Task.known_weights is of type tuple, not a tuple of KnownWeight"),
        ("train=Train", "Task.train is the class Train, not Train or None"),
        ("evaluate=lambda options: None", "Task.evaluate is of type function"),
    ],
)
def test_a_field_of_the_task_that_is_something_else(site: Path, field: str, says: str) -> None:
    source = SOUND.replace("import Enhance, Task", "import Enhance, KnownWeight, Task, Train")
    assert says in broken(site, source.replace("enhance=enhance)", f"enhance=enhance, {field})"))


def test_a_name_that_cannot_be_typed(site: Path) -> None:
    assert "no command" in broken(site, SOUND, name="Two words")
