from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from torch import Tensor

from gantool.errors import PluginError, UsageError
from gantool.sampling.latent_file import Owner, read_latents, write_latent
from gantool.sampling.latents import Wish
from gantool.sampling.projecting import project

from .toys import Plain, session

OWNER = Owner("toy", ("aa",))


def test_a_made_image_is_found_again() -> None:
    sampler = Plain()
    source = session(sampler).source(Wish(0))
    wanted = torch.tensor([[0.3, -2.2]])
    seen: list[float] = []
    found = project(sampler, source, sampler(wanted)[0], 60, lambda step, distance: seen.append(distance))
    assert found.distance < 1.0
    assert torch.allclose(found.latent, wanted, atol=0.1)
    assert torch.equal(found.image, sampler(found.latent)[0])
    assert len(seen) == 61
    assert seen == sorted(seen, reverse=True)
    assert seen[-1] < seen[0]


def test_without_steps_the_nearest_of_those_drawn_is_taken() -> None:
    sampler = Plain()
    source = session(sampler).source(Wish(0))
    found = project(sampler, source, sampler(source([17]))[0], 0)
    assert torch.allclose(found.latent, source([17]), atol=1e-5)


class OneHot(Plain):
    """Three more numbers are a class, one-hot: the strongest gives the level of the upper half."""

    def latents(self, numbers: Sequence[int], seed: int) -> Tensor:
        beside = torch.eye(3)[[number % 3 for number in numbers]]
        return torch.cat((super().latents(numbers, seed), beside), 1)

    def __call__(self, latents: Tensor) -> Tensor:
        images = super().__call__(latents)
        level = (latents[:, 2:].argmax(1) / 2.0).view(-1, 1, 1, 1)
        return torch.cat((level.expand(-1, 1, 4, 8), images[:, :, 4:]), 2)


@pytest.mark.parametrize("label", [0, 1, 2])
def test_a_class_that_no_gradient_reaches_stays_that_of_the_start(label: int) -> None:
    sampler = OneHot()
    beside = torch.eye(3)[label]
    wanted = torch.cat((torch.tensor([0.3, -2.2]), beside))[None]
    found = project(sampler, session(sampler).source(Wish(0)), sampler(wanted)[0], 200)
    assert found.distance < 1.0
    assert torch.allclose(found.latent[0, 2:], beside, atol=1e-5)


class Fixed(Plain):
    """Images with a gradient, but by none of the latents."""

    def __call__(self, latents: Tensor) -> Tensor:
        return super().__call__(latents.detach()) + torch.zeros(1, requires_grad=True)


def test_a_gradient_by_something_else_is_none() -> None:
    sampler = Fixed()
    with pytest.raises(PluginError, match="no gradient"):
        project(sampler, session(sampler).source(Wish(0)), torch.zeros(1, 8, 8), 1)


def test_a_sampler_without_gradient_is_named() -> None:
    class Opaque(Plain):
        def __call__(self, latents: Tensor) -> Tensor:
            return super().__call__(latents.detach())

    sampler = Opaque()
    with pytest.raises(PluginError, match="no gradient"):
        project(sampler, session(sampler).source(Wish(0)), torch.zeros(1, 8, 8), 1)


def test_latents_in_files_come_back(tmp_path: Path) -> None:
    latents = torch.randn(2, 5)
    paths = [tmp_path / f"{number}.safetensors" for number in range(2)]
    for path, latent in zip(paths, latents, strict=True):
        write_latent(path, latent[None], OWNER)
    assert torch.equal(read_latents(paths, OWNER), latents)


def test_files_that_hold_no_latent_of_this_network_are_one_line(tmp_path: Path) -> None:
    path = tmp_path / "latent.safetensors"
    write_latent(path, torch.zeros(1, 2), OWNER)
    with pytest.raises(UsageError, match="of another network"):
        read_latents([path], Owner("toy", ("bb",)))
    path.write_bytes(b"nothing")
    for wrong in (path, tmp_path / "missing"):
        with pytest.raises(UsageError, match="holds no latent"):
            read_latents([wrong], OWNER)
