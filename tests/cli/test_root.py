from __future__ import annotations

import json
import subprocess
import sys

import pytest

import gantool.cli.root
from gantool import __version__
from gantool.cli.lazy import as_command
from gantool.cli.verbs import Verb
from gantool.errors import UsageError, WeightError

from .conftest import Run


def test_version(run: Run) -> None:
    answer = run("--version")
    assert (answer.code, answer.out) == (0, f"gantool {__version__}\n")


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_lists_every_command(run: Run, flag: str) -> None:
    answer = run(flag)
    assert answer.code == 0
    for name in ("enhance", "train", "sample", "evaluate", "weights", "runs", "plugins", "doctor"):
        assert f" {name} " in answer.out


@pytest.mark.parametrize("arguments", [[], ["enhance"], ["weights"], ["runs"], ["plugins"]])
def test_nothing_to_do_is_answered_with_help_and_a_usage_exit_code(run: Run, arguments: list[str]) -> None:
    answer = run(*arguments)
    assert answer.code == 2
    assert "Usage: gantool" in answer.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["enhace"], "'enhace'; did you mean enhance?"),
        (["weights", "lst"], "Did you mean 'list'?"),
        (["--nope"], "--nope"),
        (["enhance", "--nope"], "--nope"),
        (["enhance", "haples"], "'haples'; did you mean hapless"),
    ],
)
@pytest.mark.usefixtures("broken_plugin")
def test_a_wrong_word_is_one_line_and_exit_code_2(run: Run, arguments: list[str], words: str) -> None:
    answer = run(*arguments)
    assert answer.code == 2
    assert words in answer.err
    assert answer.err.endswith("(GT100)\n")
    assert answer.err.count("\n") == 1
    assert answer.out == ""


@pytest.mark.parametrize(
    ("word", "command"),
    [
        ("denoise", "enhance denoise"),
        ("generate", "sample generate"),
        ("upscale", "enhance superres"),
        ("enlarge", "enhance superres"),
        ("restore", "enhance inpaint"),
        ("remove", "enhance inpaint"),
        ("hapless", "enhance hapless"),
    ],
)
@pytest.mark.usefixtures("broken_plugin")
def test_a_task_in_place_of_a_command_is_told_its_verb(run: Run, word: str, command: str) -> None:
    answer = run(word, "x.jpg")
    assert answer.err == f"error: no command is called {word!r}; did you mean `gantool {command}`? (GT100)\n"


def test_another_word_for_a_task_is_told_its_name(run: Run) -> None:
    assert "no task is called 'upscale'; did you mean superres?" in run("enhance", "upscale", "x.jpg").err
    assert "known: " in run("colorize", "x.jpg").err


@pytest.mark.parametrize(
    ("verb", "headline"),
    [("train", "Train the networks of superres."), ("evaluate", "Measure superres.")],
)
def test_a_verb_heads_its_help_with_what_it_does(run: Run, verb: str, headline: str) -> None:
    lines = [line.strip() for line in run(verb, "superres", "--help").out.splitlines() if line.strip()]
    assert lines[1:3] == [headline, "Make pictures 2, 3 or 4 times larger."]
    assert "Make pictures" in run(verb, "--help").out


@pytest.mark.parametrize("verb", Verb)
def test_a_broken_plugin_is_listed_with_its_reason_under_every_verb(
    run: Run, verb: Verb, broken_plugin: str
) -> None:
    answer = run(verb.value, "--help")
    assert answer.code == 0
    text = " ".join(answer.out.replace("│", " ").split())
    assert f"{broken_plugin} (broken)" in text
    assert "no [such] luck" in text


def test_naming_a_broken_plugin_is_one_line(run: Run, broken_plugin: str) -> None:
    answer = run("enhance", broken_plugin, "x.png")
    assert answer.code == 1
    assert "gantool-hapless 1.0" in answer.err
    assert "OSError: no [such] luck" in answer.err
    assert answer.err.count("\n") == 1


def test_plugins_list_says_which_is_broken_and_why(run: Run, broken_plugin: str) -> None:
    answer = run("plugins", "list")
    assert answer.code == 0
    assert f"{broken_plugin}" in answer.out
    assert "OSError: no [such] luck" in answer.out
    records = {record["name"]: record for record in json.loads(run("plugins", "list", "--json").out)}
    assert records[broken_plugin]["status"] == "broken"
    assert records[broken_plugin]["distribution"] == "gantool-hapless"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["enhance", "superres", ""], "an input"),
        (["enhance", "superres", "a.png", "-o", ""], "--output"),
        (["enhance", "superres", "a.png", "--report="], "--report"),
        (["enhance", "superres", "a.png", "--manifest", ""], "--manifest"),
        (["enhance", "superres", "a.png", "--weights", ""], "--weights"),
        (["enhance", "superres,denoise", "a.png", "--denoise.weights", ""], "--denoise.weights"),
        (["enhance", "inpaint", "a.png", "--mask", ""], "--mask"),
        (["evaluate", "superres", "--data", ""], "--data"),
        (["evaluate", "generate", "--data", "x", "--weights", ""], "--weights"),
        (["runs", "list", ""], "argument FOLDER"),
        (["weights", "show", ""], "argument WEIGHT"),
        (["doctor", "--report", ""], "--report"),
    ],
)
def test_an_empty_name_is_not_the_current_folder(run: Run, arguments: list[str], words: str) -> None:
    answer = run(*arguments)
    line = f"error: {words} is empty; say what is meant; . is the current folder (GT100)\n"
    assert (answer.code, answer.out, answer.err) == (2, "", line)


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (["enhance", "superres", "--scale"], "gantool enhance superres"),
        (["doctor", "--report"], "gantool doctor"),
        (["runs", "compare", "--html"], "gantool runs compare"),
        (["enhance", "superres", "--overwrite=3"], "gantool enhance superres"),
    ],
)
def test_a_complaint_leads_to_the_help_of_its_command(run: Run, arguments: list[str], command: str) -> None:
    answer = run(*arguments)
    assert answer.code == 2
    assert answer.err.endswith(f"; see `{command} --help` (GT100)\n")


@pytest.mark.parametrize("value", ["nan", "-NaN"])
def test_nan_is_called_no_number(run: Run, value: str) -> None:
    answer = run("enhance", "superres", "a.png", f"--sharpness={value}")
    assert (answer.code, answer.err) == (2, f"error: --sharpness {value} is no number; give one (GT100)\n")


def fails_with(failure: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing() -> None:
        raise failure

    monkeypatch.setattr(gantool.cli.root, "command", lambda: as_command("failing", failing))


@pytest.mark.parametrize(("failure", "code"), [(WeightError("a", "b"), 1), (UsageError("a", "b"), 2)])
def test_an_expected_failure_is_its_line_and_exit_code(
    run: Run, monkeypatch: pytest.MonkeyPatch, failure: Exception, code: int
) -> None:
    fails_with(failure, monkeypatch)
    answer = run()
    assert (answer.code, answer.out, answer.err) == (code, "", f"error: a; b ({failure.kind.number})\n")


def test_an_interrupt_is_exit_code_130(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    fails_with(KeyboardInterrupt(), monkeypatch)
    assert run().code == 130


def test_a_bug_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    fails_with(ZeroDivisionError("a bug"), monkeypatch)
    with pytest.raises(ZeroDivisionError, match="a bug"):
        gantool.cli.main([])


def test_completion_offers_commands() -> None:
    environment = {"_GANTOOL_COMPLETE": "complete_bash", "COMP_WORDS": "gantool we", "COMP_CWORD": "1"}
    program = f"import os; os.environ.update({environment!r}); from gantool.cli import main; main()"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert answer.stdout.split() == ["weights"]


def test_an_interrupt_while_modules_are_imported_is_130(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("gantool.cli.root.command", interrupted)
    answer = run("--version")
    assert (answer.code, answer.out, answer.err) == (130, "", "")
