"""`gantool data check` and `gantool data pack`: training pictures, looked through and packed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from gantool.cli.lazy import HelpfulGroup
from gantool.cli.table import human_size
from gantool.errors import EXIT_FAILED, UsageError

MIB = 1 << 20

Data = Annotated[
    Path,
    typer.Argument(
        metavar="DATA",
        help="What --data of a training takes: a folder, a list or tar shards.",
        show_default=False,
    ),
]

app = typer.Typer(
    name="data", cls=HelpfulGroup, add_completion=False, help="Check and pack training pictures."
)


@app.callback()
def _data() -> None:
    """Check and pack training pictures."""


@app.command()
def check(
    data: Data,
    task: Annotated[str, typer.Option(help="Task to train; says how large pictures must be.")],
    against: Annotated[
        Path | None, typer.Option(help="Test pictures, of which none may be trained on.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Name unreadable, unpaired, repeated, too small and odd pictures; exit code 1 if some must be mended."""
    from gantool.cli.data_text import print_json, print_report
    from gantool.train.check.checking import check as look_through

    side = smallest_side(task)
    with _progress() as watch:
        report = look_through(data, against, side, watch)
    (print_json if as_json else print_report)(report, task)
    if report.fails:
        raise typer.Exit(EXIT_FAILED)


@app.command()
def pack(
    data: Data,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where shards go.", show_default=False)],
    shard_size: Annotated[int, typer.Option(help="Size of a shard in MiB.", min=1)] = 512,
) -> None:
    """Write pictures, as they are, into tar shards of webdataset's format (needs the extra `shards`)."""
    from gantool.train.layout import find_places

    places = find_places(data, None)
    if places.val is None:
        _pack(places.train, folder, shard_size)
    else:
        _pack(places.train, folder / "train", shard_size)
        _pack(places.val, folder / "val", shard_size)


def _pack(place: Path, folder: Path, shard_size: int) -> None:
    from gantool.train.data.listing import list_place
    from gantool.train.data.pack import pack as write_shards

    listing = list_place(place).checked(place)
    shards = write_shards(listing, folder, shard_size * MIB)
    size = human_size(sum(shard.stat().st_size for shard in shards))
    pictures, files = len(listing.pictures), len(shards)
    what = "pairs" if listing.inputs else "pictures"
    typer.echo(f"packed {what}: {pictures}, shards: {files}, in {folder} ({size})")


def smallest_side(name: str) -> int:
    """Return the side in pixels below which the task's default recipe cannot use a picture.

    Raises:
        UsageError: no such task, or one that does not train.
    """
    from gantool import plugins

    task: Any = plugins.load(name)
    if task.train is None:
        raise UsageError(f"task {name!r} does not offer train", "name a task that does")
    return int(task.train.smallest_side(task.train.options()))


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """Show a bar on a terminal, and nothing elsewhere."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("looking", total=None)
        yield lambda done, total: progress.update(bar, completed=done, total=total)
