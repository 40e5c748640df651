"""`gantool sample TASK`: images drawn from a generative network, the same for the same seed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gantool.cli.options import with_options
from gantool.errors import ImageError
from gantool.inference.device import check_device_name
from gantool.task import AnyTask, LoadedWeight, Sample

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from gantool.task import Sampler


@dataclass(frozen=True)
class SampleFlags:
    """The flags every task's `sample` has."""

    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Folder for the images, made where missing.")
    ] = Path()
    count: Annotated[int, typer.Option(min=1, help="How many images.")] = 1
    seed: Annotated[int, typer.Option(min=0, help="The same seed draws the same images.")] = 0
    batch: Annotated[int, typer.Option(min=1, help="Images computed at once.")] = 8
    weights: Annotated[
        list[str] | None,
        typer.Option(metavar="ID|FILE", help="Instead of the task's own; repeat where it needs several."),
    ] = None
    device: Annotated[str, typer.Option(metavar="auto|cpu|cuda|cuda:N|mps", help="What computes.")] = "auto"
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace images that exist.")] = False
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON line per image.")] = False

    def target(self, task: str, index: int) -> Path:
        """Return the file of one image."""
        return self.output / f"{task}-{self.seed}-{index:05d}.png"


def build_command(task: AnyTask) -> Callable[..., None]:
    """Return the command that draws images from `task`, with the task's own options."""
    assert task.sample is not None  # noqa: S101 - the verb is only offered with the capability
    capability: Sample[Any] = task.sample

    def sample(options: Any, flags: SampleFlags) -> None:
        _sample(task, capability, options, flags)

    flagged = with_options(sample, {"flags": SampleFlags})
    return with_options(flagged, {"options": capability.options}, panel=f"Options of {task.name}")


def _sample(task: AnyTask, capability: Sample[Any], options: Any, flags: SampleFlags) -> None:
    check_device_name(flags.device)
    from gantool.weights import store

    given = store.choose(capability.weights(options), flags.weights or ())
    wanted = [index for index in range(flags.count) if _is_wanted(flags, flags.target(task.name, index))]
    if not wanted:
        return
    _make_folder(flags.output)

    from gantool.inference.device import choose_device, describe

    device = choose_device(flags.device)
    loaded = [store.load(item, task) for item in given]
    if not flags.as_json:
        typer.echo(f"{task.name} on {describe(device)}", err=True)
    for index, image in _images(capability.build(options, loaded), device, flags, wanted):
        target = flags.target(task.name, index)
        _write(image, target)
        typer.echo(_line(flags, target, index, describe(device), loaded))


def _is_wanted(flags: SampleFlags, target: Path) -> bool:
    if flags.overwrite or not target.exists():
        return True
    typer.echo(f"{target} exists and is kept (--overwrite replaces it)", err=True)
    return False


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as failure:
        raise ImageError(
            f"folder {folder} cannot be made ({failure.strerror})", "choose another -o"
        ) from failure


def _images(
    sampler: Sampler, device: torch.device, flags: SampleFlags, wanted: list[int]
) -> Iterator[tuple[int, Tensor]]:
    """Yield index and image (C, H, W) in [0, 1] for each wanted index, a batch at a time."""
    import torch

    sampler.module.to(device).eval()
    latents = sampler.latents(flags.count, flags.seed)
    for start in range(0, len(wanted), flags.batch):
        part = wanted[start : start + flags.batch]
        with torch.inference_mode():
            images = sampler(latents[part].to(device)).float().cpu()
        yield from zip(part, images, strict=True)


def _write(image: Tensor, target: Path) -> None:
    from gantool.images import Decoded, ImageFormat, encode

    if not bool(image.isfinite().all()):
        raise ImageError(f"{target}: the network gave values that are not finite", "take other weights")
    levels = image.clamp(0, 1).mul(255).round().byte().permute(1, 2, 0)
    picture = Decoded(levels.contiguous().numpy())
    encode(picture, target, format=ImageFormat.PNG, quality=100, strip_metadata=True)


def _line(flags: SampleFlags, target: Path, index: int, device: str, weights: list[LoadedWeight]) -> str:
    if not flags.as_json:
        return str(target)
    sums = [weight.sha256 for weight in weights]
    record = {"path": str(target), "seed": flags.seed, "index": index, "device": device, "weights": sums}
    return json.dumps(record)
