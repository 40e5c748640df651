"""`gantool weights list|show|verify|import|remove|export|blend|path|backbone`, each with `--json`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from gantool.cli import weights_travel
from gantool.cli.lazy import HelpfulGroup
from gantool.cli.printable import printable
from gantool.cli.table import human_size, print_table
from gantool.errors import EXIT_FAILED

# The store is imported by the commands that use it, so that `--help` does not wait for it.

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace a file that exists.")]

app = typer.Typer(
    name="weights", cls=HelpfulGroup, add_completion=False, help="The weight files that tasks run on."
)


app.command("pull")(weights_travel.pull)
app.command("push")(weights_travel.push)


@app.callback()
def _weights() -> None:
    """Say that this is a group."""


@app.command("list")
def list_weights(
    task: Annotated[str | None, typer.Option(help="Only those made for this task.")] = None,
    as_json: Json = False,
) -> None:
    """List every weight file, in the order in which an id is looked for.

    What the packages of plugins that do not load hold is not known; stderr has the reason of each.
    """
    from gantool.cli.weights_text import entry_record
    from gantool.plugins import broken
    from gantool.weights.store import listing

    entries = listing(task)
    for reason in broken():
        typer.echo(printable(reason), err=True)
    if as_json:
        typer.echo(json.dumps([entry_record(entry) for entry in entries], indent=2))
    elif not entries:
        typer.echo("no weight is installed" + (f" for task {task!r}" if task else ""))
    else:
        print_table(
            [
                (
                    entry.id + (" (shadowed)" if entry.shadowed else ""),
                    entry.card.task if entry.card else "unreadable",
                    human_size(entry.bytes),
                    entry.source.value,
                    entry.card.summary or entry.card.architecture if entry.card else entry.problem,
                )
                for entry in entries
            ]
        )


@app.command()
def show(
    weight: Annotated[str, typer.Argument(metavar="ID|FILE", help="An id, or a path.")],
    as_json: Json = False,
) -> None:
    """Show a weight's card: what it is, what it was trained on, and what it reaches."""
    from gantool.cli.weights_text import card_lines
    from gantool.weights import files, store

    path = store.resolve(weight)
    card = files.read_card(path)
    if as_json:
        typer.echo(json.dumps({"path": str(path), "card": card.to_record()}, indent=2))
    else:
        typer.echo("\n".join([printable(f"file: {path}"), *card_lines(card)]))


@app.command()
def verify(
    weights: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID|FILE]...", help="Ids or paths; all where none is given."),
    ] = None,
    metrics: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Also measure again what the cards say; DIR holds a folder for each data set they name.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Read weight files whole: header, card, sha256, values. Exit code 1 where one is not sound.

    With --metrics a figure holds that is within 0.2 % of what its card says.
    """
    from gantool.cli.weights_verify import verify_weights

    if not verify_weights(weights or (), metrics, as_json=as_json):
        raise typer.Exit(EXIT_FAILED)


@app.command("import")
def import_weight(
    file: Annotated[Path, typer.Argument(help="A .safetensors or .pth file.")],
    id: Annotated[str | None, typer.Option(help="Keep it under this id instead of its card's.")] = None,
    task: Annotated[str | None, typer.Option(help="The task it was made for.")] = None,
    card: Annotated[
        Path | None,
        typer.Option(help="JSON with id, architecture, config and licence, for files that have no card."),
    ] = None,
    overwrite: Overwrite = False,
    as_json: Json = False,
) -> None:
    """Copy a weight file into your store, as half-precision safetensors with a card.

    An id that is taken or shipped is refused without --id or --overwrite. A `.pth` is read by torch's
    restricted loader alone, which executes nothing, and needs --task and --card.
    """
    from gantool.cli.weights_text import imported_line, imported_record
    from gantool.weights.exchange import Wish, import_file

    loaded = import_file(file, Wish(id=id, task=task, card=card, overwrite=overwrite))
    typer.echo(json.dumps(imported_record(loaded), indent=2) if as_json else imported_line(loaded))


@app.command("remove")
def remove_weight(
    id: Annotated[str, typer.Argument(metavar="ID", help="Of a weight in your own store.")],
    as_json: Json = False,
) -> None:
    """Delete a weight from your store, without asking; shipped ones stay."""
    from gantool.weights.exchange import remove_file

    path = remove_file(id)
    typer.echo(json.dumps({"id": id, "path": str(path)}, indent=2) if as_json else f"removed {path}")


@app.command("export")
def export_weight(
    weight: Annotated[str, typer.Argument(metavar="ID|FILE", help="An id, or a path.")],
    target: Annotated[Path, typer.Argument(metavar="FILE|DIR", help="Where the copy goes.")],
    onnx: Annotated[
        bool, typer.Option("--onnx", help="Write the network as an ONNX file, compared with torch.")
    ] = False,
    overwrite: Overwrite = False,
    as_json: Json = False,
) -> None:
    """Copy a weight file out of the store, after checking it."""
    from gantool.weights import store
    from gantool.weights.exchange import export_file

    source = store.resolve(weight)
    if onnx:
        from gantool.cli.weights_travel import export_onnx

        export_onnx(source, target, overwrite=overwrite, as_json=as_json)
        return
    written = export_file(source, target, overwrite=overwrite)
    if as_json:
        typer.echo(json.dumps({"source": str(source), "path": str(written)}, indent=2))
    else:
        typer.echo(f"{source} is now in {written}")


@app.command()
def blend(
    first: Annotated[str, typer.Argument(metavar="FIRST", help="An id, or a path: what --at 0 gives.")],
    second: Annotated[str, typer.Argument(metavar="SECOND", help="An id, or a path: what --at 1 gives.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The file to write.")],
    at: Annotated[float, typer.Option(metavar="0..1", help="The share of SECOND.")] = 0.5,
    id: Annotated[str | None, typer.Option(help="Its id; the file's name where none is given.")] = None,
    summary: Annotated[str | None, typer.Option(help="What its card says in a line.")] = None,
    notes: Annotated[str, typer.Option(help="What else its card says.")] = "",
    overwrite: Overwrite = False,
    as_json: Json = False,
) -> None:
    """Write a weight between two of one network: FIRST + at * (SECOND - FIRST).

    It makes sense where SECOND was trained on from FIRST. The card names both without their figures.
    """
    from gantool.weights import store
    from gantool.weights.blend import Mix, blend_files

    mix = Mix(at=at, id=id, summary=summary, notes=notes, overwrite=overwrite)
    made = blend_files(store.resolve(first), store.resolve(second), output, mix)
    if as_json:
        record = {"id": made.card.id, "path": str(made.path), "sha256": made.sha256, "at": at}
        typer.echo(json.dumps({**record, "parents": made.card.to_record()["parents"]}, indent=2))
    else:
        typer.echo(f"{made.card.id} is now in {made.path}")


@app.command()
def path(as_json: Json = False) -> None:
    """Print the folders of the store, in the order in which an id is looked for."""
    from gantool.weights.folders import folders

    found = folders()
    if as_json:
        records = [{"source": item.source.value, "path": str(item.path)} for item in found]
        typer.echo(json.dumps(records, indent=2))
    else:
        print_table([(item.source.value, str(item.path)) for item in found])


@app.command()
def backbone(
    file: Annotated[
        Path | None,
        typer.Option(help="VGG16 as safetensors under torchvision's names; default is to fetch it."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Store the VGG16 that perceptual losses use; without --file, torchvision's is fetched (528 MB)."""
    from gantool.train.perceptual import install_backbone

    target = install_backbone(file)
    typer.echo(json.dumps({"path": str(target)}) if as_json else f"stored {target}")
