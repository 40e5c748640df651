from __future__ import annotations

import dataclasses
import os
import sys
from pathlib import Path

import pytest

from gantool import plugins
from gantool.errors import WeightError
from gantool.plugins import PluginReport, Status
from gantool.task import AnyTask, KnownWeight, Task
from gantool.weights import checksums, folders, store
from gantool.weights.folders import Source
from gantool.weights.ids import is_id
from gantool.weights.verify import missing, verify

from .conftest import CARD, put

TASK: AnyTask = Task(name="colorize", summary="")
HARD = dataclasses.replace(CARD, id="colorize-hard")
OTHER = dataclasses.replace(CARD, id="sharpen-soft", task="sharpen")


def test_lookup_goes_from_flag_to_environment_to_user_to_shipped(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flag, first, second = home / "elsewhere", home / "first", home / "second"
    for folder in (first, second):
        folder.mkdir()
    monkeypatch.setenv(folders.ENVIRONMENT, os.pathsep.join([str(first), str(second)]))
    shipped = put(home / "shipped")
    assert store.resolve(CARD.id, TASK) == shipped
    user = put(home / "user/weights")
    assert store.resolve(CARD.id, TASK) == user
    of_second = put(second)
    assert store.resolve(CARD.id, TASK) == of_second
    of_first = put(first)
    assert store.resolve(CARD.id, TASK) == of_first
    by_flag = put(flag)
    assert store.resolve(by_flag, TASK) == by_flag
    assert store.resolve(str(by_flag), TASK) == by_flag


def test_the_listing_marks_what_is_shadowed_and_keeps_the_order(home: Path) -> None:
    put(home / "shipped")
    put(home / "shipped", OTHER)
    put(home / "user/weights")
    found = [(entry.id, entry.source, entry.shadowed) for entry in store.listing()]
    assert found == [
        ("colorize-soft", Source.USER, False),
        ("colorize-soft", Source.SHIPPED, True),
        ("sharpen-soft", Source.SHIPPED, False),
    ]
    assert [entry.id for entry in store.listing("sharpen")] == ["sharpen-soft"]


def test_a_file_that_cannot_be_read_is_listed_with_the_reason(home: Path) -> None:
    (home / "shipped/bad.safetensors").write_bytes(b"nonsense")
    (entry,) = store.listing("colorize")
    assert entry.card is None
    assert "no whole safetensors file" in entry.problem


def test_half_written_files_are_not_listed(home: Path) -> None:
    (home / "shipped/.part.safetensors").write_bytes(b"")
    assert store.listing() == ()


def test_an_unknown_id_names_the_nearest_of_that_task(home: Path) -> None:
    put(home / "shipped")
    put(home / "shipped", OTHER)
    with pytest.raises(WeightError) as caught:
        store.resolve("colorize-sofd", TASK)
    line = str(caught.value)
    assert "'colorize-sofd'" in line
    assert "did you mean colorize-soft?" in line
    assert "sharpen" not in line
    assert "gantool weights list" in line


def test_an_id_like_none_names_all_of_the_task(home: Path) -> None:
    put(home / "shipped")
    put(home / "shipped", HARD)
    with pytest.raises(WeightError, match="known: colorize-hard, colorize-soft"):
        store.resolve("zzzz", TASK)


def test_a_published_weight_that_is_not_there_says_how_it_is_got(home: Path) -> None:
    known = KnownWeight("colorize-big", "", "CC0", url="https://example.org/big")
    with pytest.raises(WeightError, match=r"is not installed; get it by `gantool weights pull colorize-big`"):
        store.resolve("colorize-big", dataclasses.replace(TASK, known_weights=(known,)))


@pytest.mark.parametrize("wanted", ["no/such.safetensors", "x.safetensors", "../up", Path("x")])
def test_a_path_that_is_not_there(home: Path, wanted: str | Path) -> None:
    with pytest.raises(WeightError, match="there is no weight file"):
        store.resolve(wanted, TASK)


def test_a_pth_is_pointed_to_import(home: Path) -> None:
    (home / "net.pth").write_bytes(b"")
    with pytest.raises(WeightError, match="gantool weights import"):
        store.resolve(home / "net.pth", TASK)


@pytest.mark.parametrize("text", ["a-b", "x4.v2", "A_1"])
def test_ids(text: str) -> None:
    assert is_id(text)


@pytest.mark.parametrize(
    "text", ["", "../a", "a/b", "a\\b", ".a", "-a", "a..b", "a.pth", "a b", "ü", "a" * 101]
)
def test_path_like_text_is_no_id(text: str) -> None:
    assert not is_id(text)


@pytest.fixture
def packaged(home: Path, monkeypatch: pytest.MonkeyPatch) -> AnyTask:
    """A task whose plugin's package carries a weight file."""
    (home / "package").mkdir()
    put(home / "package", name="inside")
    known = KnownWeight(CARD.id, "", "CC0", path="inside.safetensors", sha256="")
    task = dataclasses.replace(TASK, known_weights=(known,))
    monkeypatch.setattr(plugins, "folder", lambda name: home / "package")
    report = PluginReport("colorize", "d", "1", "m", Status.OK, task=task)
    monkeypatch.setattr(plugins, "survey", lambda: (report,))
    return task


def test_a_weight_inside_a_plugins_package_comes_last(home: Path, packaged: AnyTask) -> None:
    inside = home / "package/inside.safetensors"
    assert store.resolve(CARD.id, packaged) == inside
    assert store.resolve(CARD.id) == inside
    assert [(entry.id, entry.source) for entry in store.listing()] == [(CARD.id, Source.PLUGIN)]
    shipped = put(home / "shipped")
    assert store.resolve(CARD.id, packaged) == shipped


def test_a_plugins_weight_must_have_the_plugins_checksum(home: Path, packaged: AnyTask) -> None:
    assert store.load(CARD.id, packaged).id == CARD.id
    known = dataclasses.replace(packaged.known_weights[0], sha256="0" * 64)
    with pytest.raises(WeightError, match="sha256"):
        store.load(CARD.id, dataclasses.replace(packaged, known_weights=(known,)))


def test_verify_finds_what_is_wrong(home: Path) -> None:
    sound = put(home / "shipped")
    renamed = put(home / "user/weights", HARD, name="another-name")
    cut = put(home / "user/weights", OTHER)
    cut.write_bytes(cut.read_bytes()[:-1])
    problems = {verdict.entry.path: verdict.problem for verdict in verify(store.listing())}
    assert problems[sound] == ""
    assert "'colorize-hard'" in problems[renamed]
    assert "no whole safetensors file" in problems[cut]


def test_verify_compares_with_the_manifest(home: Path) -> None:
    path = put(home / "shipped")
    (verdict,) = verify(store.listing())
    manifest = home / "shipped" / checksums.MANIFEST
    manifest.write_text(f"{verdict.sha256}  {path.name}\n{'1' * 64}  gone.safetensors\n")
    assert [found.problem for found in verify(store.listing())] == [""]
    assert len(missing()) == 1
    assert "gone.safetensors is missing" in missing()[0]
    manifest.write_text(f"{'1' * 64}  gone.safetensors\n")
    (verdict,) = verify(store.listing())
    assert "is not in SHA256SUMS" in verdict.problem


def test_the_real_store_looks_into_the_checkout_and_the_users_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv(folders.ENVIRONMENT, str(tmp_path / "mine"))
    sources = [folder.source for folder in folders.folders()]
    assert sources[:2] == [Source.ENVIRONMENT, Source.USER]
    assert set(sources[2:]) == {Source.SHIPPED}


def test_a_checkouts_own_weights_hide_the_copy_of_an_editable_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("checkout/gantool", "checkout/weights", f"site/{folders.DATA_PACKAGE}"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "checkout/pyproject.toml").write_text("")
    monkeypatch.syspath_prepend(tmp_path / "site")
    monkeypatch.delitem(sys.modules, folders.DATA_PACKAGE, raising=False)
    monkeypatch.setattr(folders.gantool, "__file__", str(tmp_path / "checkout/gantool/__init__.py"))
    assert list(folders._shipped()) == [tmp_path / "checkout/weights"]
    (tmp_path / "checkout/pyproject.toml").unlink()
    assert next(folders._shipped()) == tmp_path / "site" / folders.DATA_PACKAGE
