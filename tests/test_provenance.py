"""Which package a card names, and the commit of that package, not of whatever lies around it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import torch

from gantool import __version__, provenance
from gantool.train.checkpoint import Position
from gantool.train.export import commit_of_checkout, export_run
from gantool.train.folder import RunFile
from gantool.weights.card import Card
from gantool.weights.files import read_card
from tests.distributions import SOUND, install
from tests.train.toy import ToyRecipe

OURS = "0123456789ab"


@pytest.fixture(autouse=True)
def forgotten() -> None:
    """What is looked up once in a process is looked up once in a test."""
    provenance.commit_of.cache_clear()


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with a commit, in which nothing is tracked yet but a note."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "note.txt").write_text("unrelated")
    monkeypatch.syspath_prepend(folder)
    for name in ("author", "committer"):
        monkeypatch.setenv(f"GIT_{name.upper()}_NAME", "A")
        monkeypatch.setenv(f"GIT_{name.upper()}_EMAIL", "a@b.c")
    git(folder, "init", "-q")
    commit(folder, "note.txt")
    return folder


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(folder: Path, *names: str) -> str:
    git(folder, "add", *names)
    git(folder, "commit", "-q", "-m", "x")
    return git(folder, "rev-parse", "--short=12", "HEAD")


def put(site: Path, task: str) -> Path:
    module = f"{task}_provenance"
    source = SOUND.replace("colorize", task)
    return install(site, f"gantool-{task}", task, source, module=module, version="2.3")


def card_of(task: str, folder: Path) -> Card:
    run = RunFile(task, "photos", "", "cpu", "", "", "", {}, {}, {}, {}, versions={"commit": OURS})
    recipe = ToyRecipe()
    return read_card(export_run(recipe, recipe.generator, folder, run, Position(step=1), torch.device("cpu")))


def test_the_card_of_an_own_task_has_gantool_and_its_commit(tmp_path: Path) -> None:
    card = card_of("superres", tmp_path)
    assert (card.package, card.commit) == (f"gantool {__version__}", OURS)


def test_the_card_of_a_third_partys_task_has_the_package_and_no_commit_of_others(
    site: Path, tmp_path: Path
) -> None:
    put(site, "stray")
    card = card_of("stray", tmp_path)
    assert (card.package, card.commit) == ("gantool-stray 2.3", "")


def test_the_commit_of_the_checkout_that_holds_the_task(site: Path, tmp_path: Path) -> None:
    own = commit(site, put(site, "kept").name)
    card = card_of("kept", tmp_path)
    assert (card.package, card.commit) == ("gantool-kept 2.3", own)


def test_a_run_keeps_the_commit_that_its_process_began_with(site: Path, tmp_path: Path) -> None:
    began = commit(site, put(site, "moving").name)
    assert card_of("moving", tmp_path).commit == began
    (site / "note.txt").write_text("changed")
    assert commit(site, "note.txt") != began
    assert card_of("moving", tmp_path).commit == began


@pytest.mark.parametrize(
    ("noted", "said"),
    [
        ({"vcs_info": {"vcs": "git", "commit_id": "fedcba9876543210"}}, "fedcba987654"),
        ({"dir_info": {"editable": True}}, ""),
        (["odd"], ""),
    ],
)
def test_the_commit_that_pip_notes(site: Path, tmp_path: Path, noted: object, said: str) -> None:
    put(site, "fetched")
    (site / "gantool_fetched-2.3.dist-info" / "direct_url.json").write_text(json.dumps(noted))
    assert card_of("fetched", tmp_path).commit == said


def test_a_task_that_no_package_registers_has_neither(tmp_path: Path) -> None:
    card = card_of("toy", tmp_path)
    assert (card.package, card.commit) == ("", "")


def test_the_checkouts_own_commit_is_that_of_a_tracked_file(site: Path) -> None:
    assert provenance.commit_at(site / "note.txt") == git(site, "rev-parse", "--short=12", "HEAD")
    assert provenance.commit_at(site / "untracked.txt") == ""
    assert provenance.commit_at(site.parent / "elsewhere.txt") == ""
    assert provenance.commit_at(Path(provenance.__file__).with_name("errors.py")) == commit_of_checkout()
