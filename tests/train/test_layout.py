"""The ways to say what a training set is, and the line each bad one gets before the first step."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
import torch

from gantool.errors import GantoolError, TrainError, UsageError
from gantool.train.data.listing import list_place
from gantool.train.data.pack import pack
from gantool.train.layout import Split, find_split, fingerprints_of
from tests.train.pictures import truncate, write, write_many

CPU = torch.device("cpu")
MIB = 1 << 20


def write_list(folder: Path, *lines: str) -> Path:
    path = folder / "list.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("run", ["runs/a", "."])
def test_what_a_run_made_is_not_learned_from(run: str, tmp_path: Path) -> None:
    """A run begun in its pictures' folder lies among them, and its samples show those held out."""
    files = write_many(tmp_path, 3)
    write_many(tmp_path / run / "samples" / "reduced", 2)
    assert len(list_place(tmp_path).pictures) == 5
    (tmp_path / run / "run.json").write_text("{}")
    assert list(list_place(tmp_path).pictures) == files
    assert len(list_place(tmp_path / run / "samples").pictures) == 2  # Named outright, they are wanted.


def test_a_list_names_files_relative_to_itself(tmp_path: Path) -> None:
    files = write_many(tmp_path / "a b", 3)
    listed = write_list(tmp_path, "# mine", "", "a b/0002.png", f"  {files[0]}  ", "a b/../a b/0001.png")
    val = write_list(tmp_path / "a b", "0000.png")
    split = find_split(listed, val)
    assert [path.resolve() for path in split.train] == [files[2], files[1]]
    assert [path.resolve() for path in split.val] == [files[0]]


def test_missing_listed_files_are_counted_and_named(tmp_path: Path) -> None:
    write_many(tmp_path, 2)
    listed = write_list(tmp_path, "0000.png", "gone.png", "0001.png", "b.png", "c.png", "d.png")
    with pytest.raises(
        TrainError, match=r"4 of 6 .*list\.txt are missing: .*gone\.png \(line 2\).* and 1 more"
    ):
        find_split(listed, None)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "lists no pictures"),
        (b"# nothing\n\n", "lists no pictures"),
        (b"\xff\xfe\x00a", "not a list of paths"),
        (b"a.png\tb.png\tc.png\n", "line 1 .* 3 columns"),
    ],
)
def test_a_bad_list_gets_its_line(tmp_path: Path, content: bytes, says: str) -> None:
    listed = tmp_path / "list.txt"
    listed.write_bytes(content)
    with pytest.raises(GantoolError, match=says):
        find_split(listed, None)


def test_a_single_picture_is_no_training_set(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="one picture"):
        find_split(write(tmp_path / "a.png", 0), None)


def test_a_paired_folder_gives_pairs_by_relative_name(tmp_path: Path) -> None:
    for name in ("x/1", "x/2", "y/1"):
        write(tmp_path / "input" / f"{name}.jpg", 0)
        write(tmp_path / "target" / f"{name}.png", 0)
    split = find_split(tmp_path, None)
    pairs = [*split.train_pairs, *split.val_pairs]
    assert len(split.val_pairs) == 1
    assert {str(pair.target.relative_to(tmp_path)) for pair in pairs if isinstance(pair.target, Path)} == {
        "target/x/1.png",
        "target/x/2.png",
        "target/y/1.png",
    }
    for pair in pairs:
        assert str(pair.input) == str(pair.target).replace("target", "input").replace(".png", ".jpg")
    assert set(split.train + split.val) == {pair.target for pair in pairs}


def test_a_folder_train_without_val_hides_no_other(tmp_path: Path) -> None:
    for name in ("cat", "dog", "train"):
        write_many(tmp_path / "classes" / name, 2)
    split = find_split(tmp_path / "classes", None)
    assert len(split.train) + len(split.val) == 6
    (val,) = write_many(tmp_path / "val", 1)
    assert find_split(tmp_path / "classes", tmp_path / "val").val == (val,)
    (tmp_path / "val").rename(tmp_path / "classes" / "valid")
    assert {file.parent.name for file in find_split(tmp_path / "classes", None).train} == {"train"}  # type: ignore[union-attr]


def test_a_folder_train_alone_may_be_paired(tmp_path: Path) -> None:
    for side in ("input", "target"):
        write_many(tmp_path / "train" / side, 3)
    (tmp_path / "README.txt").touch()
    assert len(find_split(tmp_path, None).train_pairs) == 2


def test_train_and_val_may_each_be_paired(tmp_path: Path) -> None:
    for part, count in (("train", 3), ("val", 2)):
        for side in ("input", "target"):
            write_many(tmp_path / part / side, count)
    split = find_split(tmp_path, None)
    assert (len(split.train_pairs), len(split.val_pairs)) == (3, 2)
    assert all("val" in pair.input.parts for pair in split.val_pairs if isinstance(pair.input, Path))


def test_a_pair_without_its_other_side_is_named(tmp_path: Path) -> None:
    write_many(tmp_path / "input", 4)
    write_many(tmp_path / "target", 3)
    write(tmp_path / "target" / "alone.png", 0)
    with pytest.raises(TrainError, match=r"2 pictures .*input/0003\.png, .*target/alone\.png"):
        find_split(tmp_path, None)


def test_two_pictures_of_one_name_on_a_side_are_refused(tmp_path: Path) -> None:
    for name in ("input/a.png", "target/a.png", "target/a.jpg"):
        write(tmp_path / name, 0)
    with pytest.raises(TrainError, match=r"a\.jpg and .*a\.png have one name"):
        find_split(tmp_path, None)


def test_a_list_of_pairs(tmp_path: Path) -> None:
    for name in ("n/1.png", "c/1.png", "n/2.png", "c/2.png"):
        write(tmp_path / name, 0)
    split = find_split(write_list(tmp_path, "n/1.png\tc/1.png", "n/2.png\tc/2.png"), None)
    (pair,) = split.train_pairs
    assert (pair.input.name, pair.target.name) == (pair.target.name, pair.input.name)
    assert (str(pair.input)[-7], str(pair.target)[-7]) == ("n", "c")
    with pytest.raises(TrainError, match=r"no other side: .*n/2\.png \(line 2\)"):
        find_split(write_list(tmp_path, "n/1.png\tc/1.png", "n/2.png"), None)


def test_asking_an_unpaired_set_for_pairs_says_how_they_are_laid_out(tmp_path: Path) -> None:
    write_many(tmp_path, 3)
    with pytest.raises(UsageError, match="input/"):
        _ = find_split(tmp_path, None).train_pairs


def test_a_set_of_one_picture_leaves_none_for_validation(tmp_path: Path) -> None:
    (file,) = write_many(tmp_path / "photos", 1)
    with pytest.raises(TrainError, match=r"one picture.* none is left for validation; .*--val"):
        find_split(tmp_path / "photos", None)
    assert find_split(tmp_path / "photos", None, may_lack_val=True) == Split((file,), ())
    fingerprints_of(tmp_path / "photos", None)


def test_a_set_of_validation_pictures_alone_leaves_none_to_learn_from(tmp_path: Path) -> None:
    write_many(tmp_path, 2)
    with pytest.raises(TrainError, match=r"all pictures of .* are validation pictures"):
        find_split(tmp_path, tmp_path)
    fingerprints_of(tmp_path, tmp_path)


def test_a_validation_picture_is_not_learned_from_by_whatever_path_it_is_named(tmp_path: Path) -> None:
    files = write_many(tmp_path / "photos", 4)
    (tmp_path / "lists").mkdir()
    link = tmp_path / "lists" / "link.png"
    link.symlink_to(files[3])
    val = write_list(tmp_path / "lists", "../photos/0001.png", "link.png")
    assert find_split(tmp_path / "photos", val).train == (files[0], files[2])
    (shard,) = pack(list_place(tmp_path / "photos"), tmp_path / "shards", MIB)
    again = tmp_path / "lists" / "again.tar"
    again.symlink_to(shard)
    with pytest.raises(TrainError, match=r"all pictures of .* are validation pictures"):
        find_split(tmp_path / "shards", again)


def test_a_picture_too_small_or_damaged_is_not_held_out(tmp_path: Path) -> None:
    write_many(tmp_path, 70)
    first, second = find_split(tmp_path, None, least=40).val
    assert isinstance(first, Path)
    assert isinstance(second, Path)
    write(first, 0, 39, 200)
    truncate(second)
    split = find_split(tmp_path, None, least=40)
    assert len(split.val) == 2
    assert not {first, second} & set(split.val)
    assert {first, second} < set(split.train)
    assert len(split.train) == 68


def test_which_pictures_are_held_out_goes_by_their_names(tmp_path: Path) -> None:
    write_many(tmp_path, 70)
    assert [file.name for file in find_split(tmp_path, None, least=40).val] == ["0019.png", "0051.png"]


def test_a_set_of_too_small_pictures_is_split_all_the_same(tmp_path: Path) -> None:
    write_many(tmp_path, 3, 8)
    assert len(find_split(tmp_path, None, least=40).val) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_name_that_is_not_utf_8_is_a_name(tmp_path: Path) -> None:
    files = write_many(tmp_path, 3)
    files[0].rename(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.png"))
    split = find_split(tmp_path, None)
    assert len(split.train) + len(split.val) == 3
    fingerprints_of(tmp_path, None)
    pack(list_place(tmp_path), tmp_path / "shards", MIB)[0].rename(
        os.fsdecode(os.fsencode(tmp_path) + b"/shards/caf\xe9.tar")
    )
    fingerprints_of(tmp_path / "shards", None)
