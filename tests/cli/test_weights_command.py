from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from gantool import plugins
from tests.weights.conftest import CARD, home, put

from .conftest import Run

__all__ = ["home"]


def test_path_prints_the_folders_in_order(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANTOOL_WEIGHTS", str(home / "elsewhere"))
    records = json.loads(run("weights", "path", "--json").out)
    assert [(record["source"], record["path"]) for record in records] == [
        ("environment", str(home / "elsewhere")),
        ("user", str(home / "user/weights")),
        ("shipped", str(home / "shipped")),
    ]
    assert [line.split()[0] for line in run("weights", "path").out.splitlines()] == [
        "environment",
        "user",
        "shipped",
    ]


def test_list(run: Run, home: Path) -> None:
    assert run("weights", "list").out == "no weight is installed\n"
    put(home / "shipped")
    put(home / "user/weights")
    lines = run("weights", "list").out.splitlines()
    assert len(lines) == 2
    assert all(word in lines[0] for word in ("colorize-soft", "colorize", "user", "Soft colours."))
    assert "(shadowed)" in lines[1]
    records = json.loads(run("weights", "list", "--json").out)
    assert [(record["id"], record["shadowed"]) for record in records] == [
        (CARD.id, False),
        (CARD.id, True),
    ]
    assert records[0]["card"]["config"] == CARD.config
    assert "sharpen" in run("weights", "list", "--task", "sharpen").out


@pytest.mark.parametrize("options", [(), ("--task", "colorize"), ("--task", "hapless"), ("--json",)])
def test_list_says_which_plugins_do_not_load(run: Run, broken_plugin: str, options: tuple[str, ...]) -> None:
    answer = run("weights", "list", *options)
    (reason,) = [report.reason for report in plugins.survey() if report.name == broken_plugin]
    assert (answer.code, answer.err) == (0, f"{reason}\n")
    assert "does not load: OSError: no [such] luck" in answer.err
    assert broken_plugin not in answer.out or options == ("--task", broken_plugin)


def test_a_link_that_leads_nowhere_is_listed_with_the_reason(run: Run, home: Path) -> None:
    put(home / "user/weights")
    (home / "user/weights/lost.safetensors").symlink_to("gone.safetensors")
    answer = run("weights", "list")
    assert answer.code == 0
    (lost,) = [line for line in answer.out.splitlines() if line.startswith("lost")]
    assert "unreadable" in lost
    assert [record["bytes"] > 0 for record in json.loads(run("weights", "list", "--json").out)] == [
        True,
        False,
    ]


def test_a_name_that_is_too_long_is_no_weight(run: Run, home: Path) -> None:
    answer = run("weights", "show", "w" * 300 + ".safetensors")
    assert answer.code == 1
    assert "error: there is no weight file www" in answer.err


def test_show(run: Run, home: Path) -> None:
    path = put(home / "shipped")
    lines = run("weights", "show", CARD.id).out.splitlines()
    assert lines[0] == f"file: {path}"
    assert "config: act=relu, bias=True, slope=0.1, width=8" in lines
    record = json.loads(run("weights", "show", str(path), "--json").out)
    assert record["card"]["id"] == CARD.id


def test_a_card_does_not_command_the_terminal(run: Run, home: Path) -> None:
    """Nor does it end a line, which would make fields that look like others."""
    config = {"width\x9b31m\nmeasured": 8}
    put(home / "shipped", replace(CARD, summary="\x1b]0;title\x07\x1b[2J", notes="so\nid: it", config=config))
    for command in (("list",), ("show", CARD.id), ("verify",)):
        answer = run("weights", *command)
        assert not any(sign in answer.out for sign in "\x1b\x07\x9b"), command
    record = run("weights", "show", CARD.id, "--json").out
    assert "\x9b" not in record
    assert json.loads(record)["card"]["config"] == config
    lines = run("weights", "show", CARD.id).out.splitlines()
    assert "summary: \\x1b]0;title\\x07\\x1b[2J" in lines
    assert not any(line.startswith(("measured", "id: it")) for line in lines)


def test_show_of_an_unknown_id_is_one_line(run: Run, home: Path) -> None:
    put(home / "shipped")
    answer = run("weights", "show", "colorize-sofd")
    assert answer.code == 1
    assert "did you mean colorize-soft?" in answer.err
    assert answer.err.count("\n") == 1


def test_verify_says_which_file_is_bad(run: Run, home: Path) -> None:
    sound, cut = put(home / "shipped"), put(home / "user/weights", name="cut")
    assert run("weights", "verify", CARD.id).code == 0
    cut.write_bytes(cut.read_bytes()[:-1])
    answer = run("weights", "verify")
    assert answer.code == 1
    assert f"ok   {sound}" in answer.out.splitlines()
    assert any(line.startswith("bad") and str(cut) in line for line in answer.out.splitlines())
    record = json.loads(run("weights", "verify", "--json").out)
    assert {Path(item["path"]).name: item["sound"] for item in record["files"]} == {
        "cut.safetensors": False,
        "colorize-soft.safetensors": True,
    }


def test_verify_of_a_file_outside_the_store(run: Run, home: Path) -> None:
    path = put(home / "elsewhere")
    assert run("weights", "verify", str(path)).out == f"ok   {path}\n"


def test_verify_takes_an_exported_file_under_any_name(run: Run, home: Path) -> None:
    put(home / "shipped")
    copy, inside = home / "out.safetensors", home / "shipped/out.safetensors"
    assert run("weights", "export", CARD.id, str(copy)).code == 0
    answer = run("weights", "verify", str(copy))
    assert (answer.code, answer.out) == (0, f"ok   {copy}\n")
    inside.write_bytes(copy.read_bytes())
    answer = run("weights", "verify", str(inside))
    assert (answer.code, "its name 'out'; rename or import it again" in answer.out) == (1, True)


def test_verify_misses_what_the_manifest_names(run: Run, home: Path) -> None:
    (home / "shipped/SHA256SUMS").write_text(f"{'0' * 64}  gone.safetensors\n")
    answer = run("weights", "verify")
    assert answer.code == 1
    assert "gone.safetensors is missing" in answer.out


def test_import_of_a_pth_then_export(run: Run, home: Path) -> None:
    torch.save({"params": {"weight": torch.ones(3)}}, home / "net.pth")
    record = {"architecture": "toy", "config": {}, "licence": "MIT"}
    (home / "card.json").write_text(json.dumps(record))
    line = ["weights", "import", str(home / "net.pth"), "--task", "colorize", "--id", "colorize-mine"]
    answer = run(*line, "--card", str(home / "card.json"), "--json")
    assert answer.code == 0, answer.err
    imported = json.loads(answer.out)
    assert (imported["id"], imported["task"]) == ("colorize-mine", "colorize")
    assert run("weights", "verify", "colorize-mine").code == 0
    target = home / "out.safetensors"
    answer = run("weights", "export", "colorize-mine", str(target), "--json")
    assert json.loads(answer.out) == {"source": imported["path"], "path": str(target)}
    again = run("weights", "export", "colorize-mine", str(target))
    assert (again.code, again.err.count("\n")) == (1, 1)


def test_import_says_that_a_shipped_weight_is_no_longer_taken_and_remove_undoes_it(
    run: Run, home: Path
) -> None:
    source = put(home / "elsewhere")
    put(home / "shipped")
    assert run("weights", "import", str(source)).code == 1
    answer = run("weights", "import", str(source), "--overwrite")
    assert answer.out.endswith(".safetensors, from now on taken in place of the shipped one\n")
    assert json.loads(run("weights", "import", str(source), "--overwrite", "--json").out)["shadows_shipped"]
    own = home / f"user/weights/{CARD.id}.safetensors"
    assert run("weights", "remove", CARD.id).out == f"removed {own}\n"
    assert run("weights", "import", str(source), "--id", "mine").out.endswith("/mine.safetensors\n")
    assert json.loads(run("weights", "remove", "mine", "--json").out)["id"] == "mine"
    assert run("weights", "remove", CARD.id).code == 1


def test_blend(run: Run, home: Path) -> None:
    paths = [put(home / "shipped", replace(CARD, id=name)) for name in ("colorize-a", "colorize-b")]
    target = home / "elsewhere/colorize-mid.safetensors"
    line = ["weights", "blend", "colorize-a", str(paths[1]), "--at", "0.25", "-o", str(target)]
    answer = run(*line, "--summary", "Between.", "--json")
    assert answer.code == 0, answer.err
    made = json.loads(answer.out)
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (*paths, target)]
    assert (made["id"], made["path"], made["sha256"]) == ("colorize-mid", str(target), digests[2])
    assert made["parents"] == [
        {"id": "colorize-a", "sha256": digests[0], "share": 0.75},
        {"id": "colorize-b", "sha256": digests[1], "share": 0.25},
    ]
    shown = run("weights", "show", str(target)).out.splitlines()
    assert "summary: Between." in shown
    assert f"parent: 0.75 of colorize-a (sha256 {digests[0]})" in shown
    assert run("weights", "verify", str(target)).code == 0
    again = run(*line)
    assert (again.code, again.err.count("\n")) == (1, 1)
    assert run(*line, "--overwrite").out == f"colorize-mid is now in {target}\n"


def test_blend_of_different_networks_is_one_line(run: Run, home: Path) -> None:
    paths = [
        put(home / "elsewhere", replace(CARD, id=f"w{width}", config={"width": width})) for width in (8, 16)
    ]
    target = home / "mid.safetensors"
    answer = run("weights", "blend", *map(str, paths), "-o", str(target))
    assert (answer.code, answer.err.count("\n")) == (1, 1)
    assert "width 8 and 16" in answer.err
    assert run("weights", "blend", *map(str, paths), "-o", str(target), "--at", "2").code == 2
    assert not target.exists()


def test_import_without_a_card_is_a_usage_error(run: Run, home: Path) -> None:
    torch.save({"weight": torch.ones(3)}, home / "net.pth")
    answer = run("weights", "import", str(home / "net.pth"))
    assert (answer.code, answer.err.count("\n")) == (2, 1)
    assert "--card" in answer.err
