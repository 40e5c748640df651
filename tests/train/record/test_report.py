from __future__ import annotations

import json
import os
import random
from pathlib import Path

import pytest
import torch
from PIL import Image

from gantool.errors import TrainError
from gantool.train.environment import write_environment
from gantool.train.events import Event, EventKind, append_event
from gantool.train.record.report import REPORT_FILE, write_report
from gantool.weights.card import Card
from gantool.weights.files import save
from tests.report.parsing import Page, check

from .runs import csv_text, make_run, write_sample

HOSTILE = "</script><img src=x onerror=alert(1)>'\"&"


def page_of(run: Path) -> Page:
    return check(write_report(run).read_text(encoding="utf-8"))


def titles(page: Page) -> list[str]:
    return [block["title"] for block in page.blocks if isinstance(block, dict)]


def test_a_whole_run(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    append_event(run, Event(40, EventKind.ROLLED_BACK, "back to step 30"))
    page = page_of(run)
    assert titles(page) == ["psnr", "fid", "pixel", "d", "lr", "steps_per_s", "waiting"]
    for words in ("Best psnr", "28.25", "back to step 30", "Rolled back once", "radius", "hinge", "of 400"):
        assert words in page.text
    assert page.count("img") == 1
    assert sorted(path.name for path in run.iterdir() if path.name.startswith((".", "report"))) == [
        REPORT_FILE
    ]


def test_real_and_made_share_a_chart(tmp_path: Path) -> None:
    page = page_of(make_run(tmp_path / "run"))
    (shared,) = (block for block in page.blocks if isinstance(block, dict) and block["title"] == "d")
    assert [trace["name"] for trace in shared["traces"]] == ["real", "fake"]
    assert shared["traces"][0]["seconds"][:2] == [2, 4]


def test_columns_with_a_prefix_have_a_group_of_their_own(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    names = ("step", "pixel", "health/grad_norm_g", "health/grad_norm_d", "probe/x")
    (run / "train.csv").write_text(csv_text(names, [(1, 2, 3, 4, 5), (2, 2, 3, 4, 5)]))
    page = page_of(run)
    assert "Health" in page.text
    assert "Probe" in page.text
    assert titles(page)[2:] == ["pixel", "grad norm", "x"]


def test_where_it_ran_and_what_came_of_it(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    write_environment(run)
    write_environment(run)
    card = Card(id="blur-soft", task="blur", architecture="a", config={"width": 3}, licence="Apache-2.0")
    save(run / "blur-soft.safetensors", {"w": torch.ones(2)}, card)
    page = page_of(run)
    for words in ("Started 2", "Resumed 2", "processes", "blur-soft.safetensors", "Apache-2.0", "finished"):
        assert words in page.text


def test_hostile_names_and_values_stay_words(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", task={HOSTILE: HOSTILE}, losses={HOSTILE: 1.0}, extra={"x": [HOSTILE]})
    (run / "train.csv").write_text(f'step,"{HOSTILE.replace(chr(34), chr(34) * 2)}"\n1,2\n')
    append_event(run, Event(1, EventKind.WARNING, HOSTILE))
    page = page_of(run)
    assert page.count("img") == 1
    assert page.count("script") == 1 + len(page.blocks)
    assert page.text.count(HOSTILE) >= 4


@pytest.mark.parametrize("missing", ["val.csv", "train.csv", "samples", "checkpoints"])
def test_partial_runs_have_a_page(tmp_path: Path, missing: str) -> None:
    run = make_run(tmp_path / "run")
    (run / missing).rename(tmp_path / missing)
    page_of(run)


def test_a_run_that_has_only_begun_has_a_page(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / "run.json").write_text(json.dumps({"task_name": "blur"}))
    page = page_of(run)
    assert "Nothing has been logged yet." in page.text
    assert "No samples yet" in page.text


def test_torn_figures_and_a_damaged_weight_have_a_page(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    with (run / "train.csv").open("a") as file:
        file.write("110,0.01,nan\n120,0.")
    (run / "blur.safetensors").write_bytes(b"torn")
    assert "no whole safetensors file" in page_of(run).text


def test_not_finite_figures_have_a_page(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    (run / "train.csv").write_text("step,pixel,lr\n1,nan,inf\n2,-inf,nan\n")
    assert titles(page_of(run)) == ["psnr", "fid"]


def test_two_hundred_grids_stay_under_the_limit(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    noise = Image.frombytes("RGB", (1280, 960), random.Random(0).randbytes(1280 * 960 * 3))
    (run / "val.csv").write_text("step,psnr\n2000,1\n")
    first = write_sample(run, 1000)
    noise.save(first)
    reduced = first.parent / "reduced"
    page_of(run)
    for step in range(1001, 1201):
        os.link(first, first.with_name(f"step-{step:08d}.png"))
        os.link(reduced / "step-00000100.jpg", reduced / f"step-{step:08d}.jpg")
    page = page_of(run)
    assert "steps are shown" in page.text
    assert (run / REPORT_FILE).stat().st_size < 15_000_000


def test_a_folder_without_a_run_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(TrainError, match=r"holds no run"):
        write_report(tmp_path)
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(TrainError, match="damaged"):
        write_report(tmp_path)
