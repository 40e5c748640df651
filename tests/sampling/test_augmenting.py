from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from gantool.errors import UsageError
from gantool.sampling.augmenting import MANIFEST, Order, augment
from gantool.sampling.filtering import NeighbourFilter, Verdict, distinct
from gantool.task import Labelled

from .toys import Full, Plain, session


def test_verdicts_on_a_line() -> None:
    """Real points 0, 1, 2, 3, 10: spheres reach to the third neighbour, copies are nearer than any two."""
    judge = NeighbourFilter(torch.tensor([[0.0], [1.0], [2.0], [3.0], [10.0]]), "x")
    assert judge.copy_distance == pytest.approx(1.0, abs=0.1)
    found = judge.judge(torch.tensor([[0.5], [2.05], [-2.9], [-3.1], [17.5], [19.5]]))
    # 0.5 is nearer to a real point than any two real ones are to each other.
    assert found[:2] == [Verdict.COPY, Verdict.COPY]
    assert found[2:] == [Verdict.KEPT, Verdict.OFF_MANIFOLD, Verdict.KEPT, Verdict.OFF_MANIFOLD]


class WithRepeats(Full):
    """Real images, each of a class twice; what is drawn of class a are those themselves, to the byte."""

    def real(self, data: Path) -> Labelled:
        found = Full().real(data)
        assert found.labels is not None
        return Labelled(found.images.repeat(2, 1, 1, 1), found.labels.repeat(2), found.classes)

    def __call__(self, latents: torch.Tensor) -> torch.Tensor:
        return Full().real(Path()).images[:1].expand(len(latents), -1, -1, -1).float() / 255


def test_a_real_picture_that_is_there_twice_lets_no_copy_pass(tmp_path: Path) -> None:
    drawn = WithRepeats()
    found = augment(session(drawn, batch=16), Order(Path("real"), tmp_path / "made", 2))
    assert found[0].verdicts[Verdict.COPY] == found[0].drawn
    assert found[0].kept == 0


def test_distinct_images_are_the_first_of_each() -> None:
    images = torch.tensor([3, 5, 3, 7, 5], dtype=torch.uint8)[:, None, None].expand(-1, 2, 2)
    assert distinct(images).tolist() == [0, 1, 3]


def test_of_no_images_none_is_distinct_and_places_are_whole_numbers() -> None:
    none = torch.zeros(0, 2, 2, dtype=torch.uint8)
    assert none[distinct(none)].shape == (0, 2, 2)


def test_a_class_of_two_pictures_is_refused() -> None:
    with pytest.raises(UsageError, match="class x has 2 pictures"):
        NeighbourFilter(torch.zeros(2, 3), "x")


def test_a_data_set_has_folders_a_manifest_and_no_copies(tmp_path: Path) -> None:
    folder = tmp_path / "made"
    found = augment(session(Full(), batch=16), Order(Path("real"), folder, 5, seed=4))
    assert [(count.name, count.wanted) for count in found] == [("a", 5), ("b", 5)]
    record = json.loads((folder / MANIFEST).read_text())
    real = Full().real(Path("real")).images[:, 0, 0, ::4].float() / 255
    for index, count in enumerate(found):
        pictures = sorted((folder / count.name).glob("*.png"))
        assert len(pictures) == count.kept
        made = torch.tensor(np.stack([np.asarray(Image.open(path))[0, ::4] for path in pictures])) / 255
        judge = NeighbourFilter(real[3 * index : 3 * index + 3], count.name)
        apart = torch.cdist(made.float(), real[3 * index : 3 * index + 3])
        assert float(apart.min()) > judge.copy_distance - 0.005
        said = record["classes"][count.name]
        assert said["kept"] == count.kept
        assert said["drawn"] == said["kept"] + said["off the manifold"] + said["near-copy"]
        assert said["off the manifold"] > 0
    assert (record["seed"], record["data"]["images"], record["filter"]["features"]) == (4, 6, "levels")


def test_more_per_class_begin_with_the_same(tmp_path: Path) -> None:
    few, more = (
        augment(session(Full(), batch=batch), Order(Path("real"), tmp_path / name, count))
        for name, count, batch in (("few", 2, 3), ("more", 4, 16))
    )
    assert [count.wanted for count in (*few, *more)] == [2, 2, 4, 4]
    for path in (tmp_path / "few").rglob("*.png"):
        other = tmp_path / "more" / path.relative_to(tmp_path / "few")
        assert other.read_bytes() == path.read_bytes()


def test_a_network_without_classes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no class that is asked for"):
        augment(session(Plain()), Order(Path("real"), tmp_path / "made", 5))
    assert not (tmp_path / "made").exists()
