"""`gantool weights pull|push`, and `export --onnx`: weights from and to other places."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace a file that exists.")]


def pull(
    source: Annotated[
        str, typer.Argument(metavar="URL|hf:OWNER/REPO[/FILE]|NAME", help="Where it is; a name of `--list`.")
    ] = "",
    sha256: Annotated[
        str | None, typer.Option(help="What the file must be; needed unless the list knows it.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Keep the file as it is, here, and import nothing."
        ),
    ] = None,
    id: Annotated[str | None, typer.Option(help="Keep it under this id instead of its card's.")] = None,
    task: Annotated[str | None, typer.Option(help="The task it was made for.")] = None,
    card: Annotated[
        Path | None,
        typer.Option(help="JSON with id, architecture, config and licence, for files that have no card."),
    ] = None,
    show_list: Annotated[
        bool,
        typer.Option(
            "--list",
            help="List the files known by name: public models, and what plugins publish.",
        ),
    ] = False,
    overwrite: Overwrite = False,
    as_json: Json = False,
) -> None:
    """Fetch a weight file, check its sha256, and import it into your store.

    A transfer that broke off is taken up where it ended. HF_ENDPOINT names another hub than huggingface.co.
    """
    from gantool.cli.weights_text import imported_line, imported_record
    from gantool.errors import UsageError
    from gantool.weights.catalogue import catalogue
    from gantool.weights.exchange import Wish
    from gantool.weights.pull import pull_file, pull_weight

    if show_list:
        return _print_catalogue(as_json)
    if not source:
        raise UsageError("nothing is named", f"known: {', '.join(one.name for one in catalogue())}")
    if output is not None:
        done = pull_file(source, sha256, output, overwrite=overwrite)
        return typer.echo(json.dumps({"path": str(done)}) if as_json else f"{source} is now in {done}")
    loaded = pull_weight(source, sha256, Wish(id=id, task=task, card=card, overwrite=overwrite))
    typer.echo(json.dumps(imported_record(loaded), indent=2) if as_json else imported_line(loaded))
    return None


def push(
    weight: Annotated[str, typer.Argument(metavar="ID|FILE", help="An id, or a path.")],
    target: Annotated[str, typer.Argument(metavar="hf:OWNER/REPO", help="A repository of yours on the hub.")],
    private: Annotated[
        bool, typer.Option("--private", help="Make the repository private if it is new.")
    ] = False,
    message: Annotated[str, typer.Option(help="Of the commit.")] = "",
    as_json: Json = False,
) -> None:
    """Send a weight file to a Hugging Face repository, with a README.md written from its card.

    The token is the one of `hf auth login`, or HF_TOKEN. Nothing else in the repository is changed.
    """
    from gantool.weights import store
    from gantool.weights.push import push_weight

    pushed = push_weight(store.resolve(weight), target, private=private, message=message)
    record = {
        "repository": pushed.repository,
        "file": pushed.file,
        "sha256": pushed.sha256,
        "url": pushed.url,
    }
    if as_json:
        typer.echo(json.dumps(record, indent=2))
    else:
        typer.echo(f"{pushed.file} is now in {pushed.url}")
        typer.echo(f"gantool weights pull hf:{pushed.repository}/{pushed.file} --sha256 {pushed.sha256}")


def export_onnx(source: Path, target: Path, *, overwrite: bool, as_json: bool) -> None:
    """Export a weight's network to ONNX and say how far it is from torch."""
    from gantool.onnx.extra import check_extra

    check_extra()
    from gantool.onnx.weight import export_weight

    made = export_weight(source, target, overwrite=overwrite)
    if as_json:
        record = {
            "source": str(source),
            "path": str(made.path),
            "difference": made.difference,
            "opset": made.opset,
        }
        typer.echo(json.dumps(record, indent=2))
    else:
        typer.echo(f"{source} is now in {made.path} (opset {made.opset}, dynamic sizes)")
        typer.echo(f"onnxruntime and torch differ by at most {made.difference:.2g}")


def _print_catalogue(as_json: bool) -> None:
    from dataclasses import asdict

    from gantool.cli.table import print_table
    from gantool.weights.catalogue import catalogue

    known = catalogue()
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in known], indent=2))
    else:
        print_table([(one.name, one.task, one.licence, one.summary) for one in known])
