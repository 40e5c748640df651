"""Training sets in tar shards: the samples of their folder, and the line each bad shard gets."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch

from gantool.errors import GantoolError, TrainError, UsageError
from gantool.train.data.items import Member, PictureFile, byte_count
from gantool.train.data.listing import list_place
from gantool.train.data.pack import pack
from gantool.train.layout import Split, find_split, fingerprints_of
from gantool.train.pair_pool import PairPool
from gantool.train.pool import CropPool
from gantool.train.reading import read_rgb, size_of
from tests.train.pictures import truncate, write, write_many

CPU = torch.device("cpu")
MIB = 1 << 20


def batches(split: Split, memory: int = 1 << 30) -> torch.Tensor:
    pool = CropPool(split.train, 32, memory, CPU)
    return torch.cat([pool.cut(pool.draw(8, torch.Generator().manual_seed(step))) for step in range(3)])


def test_shards_give_what_the_folder_gives(tmp_path: Path) -> None:
    write_many(tmp_path / "photos", 9)
    write_many(tmp_path / "val", 1)
    shards = pack(list_place(tmp_path / "photos"), tmp_path / "shards", 8_000)
    assert len(shards) > 1
    folder = find_split(tmp_path / "photos", tmp_path / "val")
    packed = find_split(tmp_path / "shards", tmp_path / "val")
    assert all(isinstance(file, Member) for file in packed.train)
    for memory in (1 << 30, 1):
        assert torch.equal(batches(folder), batches(packed, memory))


def test_shards_are_not_indexed_for_their_fingerprint(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(b"no archive")
    before = fingerprints_of(tmp_path, None)
    assert fingerprints_of(tmp_path / "a.tar", None) == before == fingerprints_of(tmp_path, None)
    (tmp_path / "a.tar").write_bytes(b"another size")
    assert fingerprints_of(tmp_path, None) != before


def test_neither_are_those_of_a_folder_train_whose_validation_pictures_lie_apart(tmp_path: Path) -> None:
    write(tmp_path / "data" / "other" / "1.png", 1)
    write(tmp_path / "val" / "2.png", 2)
    shard = tmp_path / "data" / "train" / "a.tar"
    shard.parent.mkdir()
    shard.write_bytes(b"no archive")
    before = fingerprints_of(tmp_path / "data", tmp_path / "val")
    write(tmp_path / "val" / "3.png", 3)
    after = fingerprints_of(tmp_path / "data", tmp_path / "val")
    assert (after.train == before.train, after.held_out == before.held_out) == (True, False)


def test_one_shard_is_a_training_set_and_webdataset_reads_what_was_packed(tmp_path: Path) -> None:
    files = write_many(tmp_path / "photos", 3)
    (shard,) = pack(list_place(tmp_path / "photos"), tmp_path / "shards", MIB)
    split = find_split(shard, None)
    assert (len(split.train), len(split.val)) == (2, 1)
    from webdataset import WebDataset

    samples = list(WebDataset(str(shard), shardshuffle=False))
    assert [sample["png"] for sample in samples] == [path.read_bytes() for path in files]


def test_pairs_survive_packing(tmp_path: Path) -> None:
    for side in ("input", "target"):
        write_many(tmp_path / "pairs" / side, 4)
    pack(list_place(tmp_path / "pairs"), tmp_path / "shards", MIB)
    folder, packed = find_split(tmp_path / "pairs", None), find_split(tmp_path / "shards", None)
    for split in (folder, packed):
        assert len(split.train_pairs) == 3
    assert sorted(read_rgb(file).tobytes() for file in (*folder.train, *folder.val)) == sorted(
        read_rgb(file).tobytes() for file in (*packed.train, *packed.val)
    )
    pool = PairPool(packed.train_pairs, 32, 1, CPU)
    patches = pool.cut(pool.draw(8, torch.Generator().manual_seed(0)))
    assert torch.equal(patches.input, patches.target)


def tar_of(path: Path, members: dict[str, bytes]) -> Path:
    import io
    import tarfile

    with tarfile.open(path, "w") as archive:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return path


def test_samples_are_grouped_by_webdatasets_rule(tmp_path: Path) -> None:
    picture = write(tmp_path / "a.png", 0).read_bytes()
    mask = write(tmp_path / "b.png", 1).read_bytes()
    shard = tar_of(
        tmp_path / "s.tar",
        {
            "k/1.jpg.json": b"{}",
            "k/1.PNG": picture,
            "k/1.seg.png": mask,
            "k/1.txt": b"a cat",
            "k/2.dotted.png": picture,
            "k/3.json": b"{}",
        },
    )
    listing = list_place(shard)
    assert [file.name for file in listing.pictures] == ["k/1.PNG", "k/2.dotted.png"]
    assert all(isinstance(file, Member) and file.read() == picture for file in listing.pictures)


def test_a_shards_pair_without_its_other_side_is_named(tmp_path: Path) -> None:
    data = write(tmp_path / "a.png", 0).read_bytes()
    shard = tar_of(tmp_path / "s.tar", {"1.input.png": data, "1.target.png": data, "2.input.png": data})
    with pytest.raises(TrainError, match=r"s\.tar:2"):
        find_split(shard, None)


@pytest.mark.parametrize("part", [0.75, 0.5, 0.02])
def test_a_shard_cut_short_is_named_before_the_first_step(tmp_path: Path, part: float) -> None:
    write_many(tmp_path / "photos", 6)
    (shard,) = pack(list_place(tmp_path / "photos"), tmp_path / "shards", MIB)
    truncate(shard, part)
    with pytest.raises(TrainError, match=r"000000\.tar"):
        find_split(tmp_path / "shards", None)


def test_a_shard_cut_between_two_members_is_noticed(tmp_path: Path) -> None:
    write_many(tmp_path / "photos", 6)
    (shard,) = pack(list_place(tmp_path / "photos"), tmp_path / "shards", MIB)
    third = list_place(shard).pictures[3]
    assert isinstance(third, Member)
    shard.write_bytes(shard.read_bytes()[: third.offset - 512])
    with pytest.raises(TrainError, match="cut short"):
        find_split(shard, None)


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({}, "no pictures"),
        ({"a.txt": b"x"}, "no pictures"),
        ({"a.png": b"1", "a.PNG": b"2"}, "duplicate"),
        ({"a.jpg": b"1", "a.png": b"2"}, r"s\.tar:a has several pictures: a\.jpg, a\.png"),
        ({"a.input.jpg": b"1", "a.input.png": b"2", "a.target.png": b"3"}, "several pictures: a.input.jpg"),
    ],
)
def test_a_shard_without_use_gets_its_line(tmp_path: Path, members: dict[str, bytes], says: str) -> None:
    with pytest.raises(GantoolError, match=says):
        find_split(tar_of(tmp_path / "s.tar", members), None)


def test_a_file_that_is_no_tar_is_named(tmp_path: Path) -> None:
    shard = tmp_path / "s.tar"
    shard.write_bytes(b"\x1f\x8b" + b"x" * 2000)
    with pytest.raises(TrainError, match=r"s\.tar is no whole tar archive"):
        find_split(shard, None)


def test_without_webdataset_a_line_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shard = tar_of(tmp_path / "s.tar", {"a.png": b"1"})
    monkeypatch.setitem(sys.modules, "webdataset.tariterators", None)
    with pytest.raises(UsageError, match=r'pip install "gantool\[shards\]"'):
        find_split(shard, None)


def test_compressed_shards_and_shards_among_pictures_are_refused(tmp_path: Path) -> None:
    (tmp_path / "s.tar.gz").touch()
    for place in (tmp_path, tmp_path / "s.tar.gz"):
        with pytest.raises(UsageError, match=r"s\.tar\.gz is compressed"):
            find_split(place, None)
    (tmp_path / "s.tar.gz").unlink()
    tar_of(tmp_path / "s.tar", {"a.png": b"1"})
    write(tmp_path / "more" / "b.png", 1)
    with pytest.raises(UsageError, match="shards and pictures"):
        find_split(tmp_path, None)


def test_errors_about_members_name_them(tmp_path: Path) -> None:
    shard = tar_of(tmp_path / "s.tar", {"a.png": b"no picture at all", "b.png": b"\x89PNG\r\n\x1a\n"})
    for file in list_place(shard).pictures:
        for read in (read_rgb, size_of):
            with pytest.raises(GantoolError, match=rf"s\.tar:{file.name} "):
                read(file)


def test_packing_refuses_a_folder_with_shards_and_writes_the_same_bytes_again(tmp_path: Path) -> None:
    write_many(tmp_path / "photos", 3)
    listing = list_place(tmp_path / "photos")
    (first,) = pack(listing, tmp_path / "one", MIB)
    (second,) = pack(listing, tmp_path / "two", MIB)
    assert first.read_bytes() == second.read_bytes()
    with pytest.raises(TrainError, match="already holds shards"):
        pack(listing, tmp_path / "one", MIB)


def test_pictures_without_an_extension_are_packed_with_their_formats(tmp_path: Path) -> None:
    for seed, (name, suffix) in enumerate((("one", "png"), ("two.of", "jpg"), ("three.GIF", "gif"))):
        write(tmp_path / f"a.{suffix}", seed).rename(tmp_path / name)
    (tmp_path / "list.txt").write_text("one\ntwo.of\nthree.GIF\n")
    (shard,) = pack(list_place(tmp_path / "list.txt"), tmp_path / "shards", MIB)
    packed = list_place(shard).pictures
    assert [file.name for file in packed] == ["00000000.png", "00000001.jpg", "00000002.gif"]
    assert all(read_rgb(file).shape == (40, 40, 3) for file in packed)


def test_to_pack_looks_up_the_size_of_each_file_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_many(tmp_path / "photos", 12)
    asked: list[PictureFile] = []

    def count(file: PictureFile) -> int:
        asked.append(file)
        return byte_count(file)

    monkeypatch.setattr("gantool.train.data.pack.byte_count", count)
    assert len(pack(list_place(tmp_path / "photos"), tmp_path / "shards", 5000)) > 2
    assert len(asked) == 12
