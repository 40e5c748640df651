from __future__ import annotations

import importlib
import json

import pytest

from gantool import __version__
from gantool.cli import examine

from .conftest import Run


def test_json_has_what_a_bug_report_needs(run: Run, broken_plugin: str) -> None:
    answer = run("doctor", "--json")
    assert answer.code == 0
    record = json.loads(answer.out)
    assert set(record) == {"versions", "devices", "plugins", "weights", "memory", "disk"}
    assert record["versions"]["gantool"].startswith(__version__)
    assert {"python", "torch", "torchvision"} <= set(record["versions"])
    assert {"cpu", "cuda", "mps"} <= {name.split(":")[0] for name in record["devices"]}
    assert "OSError" in record["plugins"][broken_plugin]
    assert "user" in record["weights"]
    assert record["memory"]["free"].endswith("iB")


def test_text_has_a_title_for_each_section(run: Run) -> None:
    answer = run("doctor")
    assert answer.code == 0
    for title in ("versions:", "devices:", "plugins:", "weights:", "memory:", "disk:"):
        assert title in answer.out.splitlines()


def test_a_package_that_does_not_import_is_a_fact(monkeypatch: pytest.MonkeyPatch) -> None:
    def refusing(name: str) -> object:
        raise RuntimeError(f"operator {name}::nms\ndoes not exist")

    monkeypatch.setattr(importlib, "import_module", refusing)
    versions = dict(next(section for section in examine.examine() if section.title == "versions").facts)
    assert versions["torchvision"].endswith("(does not import: operator torchvision::nms does not exist)")
