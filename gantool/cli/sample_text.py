"""What `gantool sample` says: a line for each file, as text or as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from gantool.cli.table import print_table
from gantool.inference.device import describe

if TYPE_CHECKING:
    from gantool.cli.sample import Order
    from gantool.sampling.augmenting import ClassCount
    from gantool.sampling.session import Session


class Voice:
    """Speaks of one call."""

    def __init__(self, session: Session, order: Order) -> None:
        self._session = session
        self._order = order
        self._json = order.flags.sample.as_json

    def say_device(self) -> None:
        """Say what computes, on stderr; in JSON each line has it."""
        if not self._json:
            typer.echo(f"{self._session.task} on {describe(self._session.device)}", err=True)

    def image(self, path: Path, number: int) -> None:
        """Name an image that is written."""
        self._line(str(path), {"path": str(path), "index": number})

    def kept(self, path: Path, number: int) -> None:
        """Say that a file is there already and stays as it is; nothing else is known of it."""
        remedy = "--overwrite replaces it"
        if self._json:
            record = {"path": str(path), "index": number, "kept": True, "remedy": remedy}
            typer.echo(json.dumps(record))
        else:
            typer.echo(f"{path} exists and is kept ({remedy})", err=True)

    def sheet(self, path: Path, count: int) -> None:
        """Name a file that holds many images."""
        self._line(str(path), {"path": str(path), "images": count})

    def projection(self, picture: Path, latent: Path, distance: float) -> None:
        """Say how near a projection came."""
        psnr = 20 * math.log10(255 / distance) if distance else math.inf
        text = f"{picture}: {distance:.1f} of 255 away (root mean square; {psnr:.1f} dB); latent in {latent}"
        self._line(text, {"path": str(picture), "latent": str(latent), "distance": round(distance, 3)})

    def class_done(self, count: ClassCount) -> None:
        """Say what became of a class's images."""
        if not self._json:
            typer.echo(f"class {count.name}: {count.kept} of {count.wanted}", err=True)

    def augmented(self, folder: Path, counts: Sequence[ClassCount]) -> None:
        """Print a table of what was kept and what was left out."""
        from gantool.sampling.augmenting import MANIFEST
        from gantool.sampling.filtering import Verdict

        if self._json:
            for count in counts:
                found = {verdict.value: count.verdicts[verdict] for verdict in Verdict}
                facts = {"class": count.name, "wanted": count.wanted, "drawn": count.drawn}
                self._line("", {**facts, **found})
            return
        heads = ("class", "drawn", *(verdict.value for verdict in Verdict))
        rows = [
            (count.name, str(count.drawn), *(str(count.verdicts[verdict]) for verdict in Verdict))
            for count in counts
        ]
        print_table([heads, *rows])
        typer.echo(f"{folder / MANIFEST}")

    @contextmanager
    def progress(self, what: str, total: int) -> Iterator[Callable[[], None]]:
        """Show a bar on a terminal, and nothing elsewhere."""
        from rich.console import Console
        from rich.progress import Progress

        console = Console(stderr=True)
        with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
            bar = progress.add_task(what, total=total)
            yield lambda: progress.advance(bar)

    def _line(self, text: str, facts: dict[str, Any]) -> None:
        if not self._json:
            typer.echo(text)
            return
        order, session = self._order, self._session
        record = {
            **facts,
            "seed": order.flags.sample.seed,
            "class": order.flags.latents.label,
            "truncation": order.flags.latents.truncation,
            "edits": {step.name: [step.start, step.end] for step in order.edits},
            "device": describe(session.device),
            "weights": [weight.sha256 for weight in session.weights],
        }
        typer.echo(json.dumps({**record, **facts}))
