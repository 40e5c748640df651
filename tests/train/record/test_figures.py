from __future__ import annotations

import math
from pathlib import Path

import pytest

from gantool.train.record.figures import Figures, last_step, read_figures, seconds_at


def read(tmp_path: Path, text: str) -> Figures:
    path = tmp_path / "train.csv"
    path.write_bytes(text.encode())
    return read_figures(path)


def plain(column: object) -> list[float | None]:
    return [None if math.isnan(value) else value for value in column]  # type: ignore[attr-defined]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_an_even_file(tmp_path: Path, end: str) -> None:
    figures = read(tmp_path, end.join(["step,a,b", "1,2,nan", "2,4,inf", ""]))
    assert list(figures.steps) == [1, 2]
    assert list(figures.columns["a"]) == [2, 4]
    assert figures.last("a") == 4
    assert figures.last("b") is None
    assert figures.last("unknown") is None


@pytest.mark.parametrize("text", ["", "step,a\n", "step,a", "nonsense", "\0\0\0", "a,b\n1,2\n"])
def test_nothing_to_read_is_nothing(tmp_path: Path, text: str) -> None:
    assert list(read(tmp_path, text).steps) == []


def test_no_file_is_nothing(tmp_path: Path) -> None:
    assert read_figures(tmp_path / "val.csv") == Figures()
    assert last_step(tmp_path / "val.csv") == 0


def test_a_torn_last_line_is_left_out(tmp_path: Path) -> None:
    figures = read(tmp_path, "step,a\n1,2.5\n2,3.")
    assert (list(figures.steps), list(figures.columns["a"])) == ([1], [2.5])
    assert last_step(tmp_path / "train.csv") == 1


def test_short_and_long_rows_and_words(tmp_path: Path) -> None:
    figures = read(tmp_path, "step,a,b\n1,2\n2,3,4,5,6\n3,word,\n")
    assert list(figures.steps) == [1, 2, 3]
    assert plain(figures.columns["a"]) == [2, 3, None]
    assert plain(figures.columns["b"]) == [None, 4, None]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_empty_cells_are_no_value(tmp_path: Path, end: str) -> None:
    figures = read(tmp_path, end.join(["step,a,b,c", "1,,,", "2,,5,", "3,6,,7", ""]))
    assert plain(figures.columns["a"]) == [None, None, 6]
    assert plain(figures.columns["b"]) == [None, 5, None]
    assert plain(figures.columns["c"]) == [None, None, 7]


def test_a_second_header_begins_other_columns(tmp_path: Path) -> None:
    figures = read(tmp_path, "step,a,b\n1,2,3\nstep,a,c\n2,5,6\n")
    assert {name: plain(column) for name, column in figures.columns.items()} == {
        "a": [2, 5],
        "b": [3, None],
        "c": [None, 6],
    }


def test_rows_after_a_step_back_replace_those_before(tmp_path: Path) -> None:
    figures = read(tmp_path, "step,a\n1,1\n2,2\n3,3\n2,20\n4,40\n")
    assert list(figures.steps) == [1, 2, 4]
    assert list(figures.columns["a"]) == [1, 20, 40]


def test_time_is_logged_or_summed_from_the_speed() -> None:
    summed = Figures([10, 30], {"steps_per_s": [5.0, 10.0]})
    assert list(summed.seconds) == [2, 4]
    assert list(Figures([10, 30], {"elapsed": [1.0, 9.0], "steps_per_s": [5.0, 5.0]}).seconds) == [1, 9]
    assert list(Figures([10], {"a": [1.0]}).seconds) == []
    assert list(seconds_at([0, 5, 20, 30, 99], summed)) == [0, 1, 3, 4, 4]
    assert list(seconds_at([5], Figures())) == []


def test_the_last_step_of_a_long_file_is_read_from_its_end(tmp_path: Path) -> None:
    path = tmp_path / "train.csv"
    path.write_text("step,a\n" + "".join(f"{step},0.123456789\n" for step in range(1, 20001)) + "20001,0.")
    assert last_step(path) == 20000
    assert len(read_figures(path).steps) == 20000
