from __future__ import annotations

from pathlib import Path

import pytest

from gantool.train.events import Event, EventKind, append_event
from gantool.train.health import Light
from gantool.train.record.lamps import lamps_of
from gantool.train.record.record import read_record

from .runs import csv_text, make_run


def lights(run: Path) -> dict[str, Light]:
    return {lamp.title: lamp.light for lamp in lamps_of(read_record(run))}


def test_a_calm_run_is_green(tmp_path: Path) -> None:
    assert set(lights(make_run(tmp_path / "run")).values()) == {Light.green}


def test_nothing_is_said_before_the_first_line(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    (run / "train.csv").unlink()
    assert lamps_of(read_record(run)) == ()


def test_logged_signals_are_judged_by_the_trainers_rules(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    names = ("step", "pixel", "waiting", "health/accuracy_real", "health/accuracy_fake", "health/unheard_of")
    (run / "train.csv").write_text(csv_text(names, [(step, 1, 0.3, 1, 1, 5) for step in range(1, 17)]))
    found = lights(run)
    assert (found["Discriminator"], found["Data"]) == (Light.red, Light.red)
    worst = lamps_of(read_record(run))[0]
    assert worst.light is Light.red
    sentences = " ".join(lamp.sentence for lamp in lamps_of(read_record(run)))
    assert "now 0.5" in sentences  # the run's own r1


def test_settings_of_another_version_do_not_matter(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", game={"game": "chess", "board": 8})
    assert lights(run)["Losses"] is Light.green


def test_repairs_and_pictures_come_from_the_events(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    append_event(run, Event(3, EventKind.SKIPPED_STEP, ""))
    append_event(run, Event(3, EventKind.UNREADABLE_PICTURE, "a.jpg"))
    assert (lights(run)["Repairs"], lights(run)["Pictures"]) == (Light.yellow, Light.yellow)


@pytest.mark.parametrize(("pick", "light"), [("best", Light.yellow), ("last", Light.green)])
def test_a_best_validation_long_ago_is_told_where_it_is_what_counts(
    pick: str, light: Light, tmp_path: Path
) -> None:
    run = make_run(tmp_path / "run", trainer={"steps": 400, "pick": pick})
    rows = [(25, 28.25), (50, 27.0), (75, 26.0), (100, 25.0)]
    (run / "val.csv").write_text(csv_text(("step", "psnr"), rows))
    assert lights(run)["Validation"] is light
