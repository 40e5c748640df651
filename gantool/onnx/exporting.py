"""From a network in torch to an ONNX file that was compared with it."""

from __future__ import annotations

import contextlib
import io
import logging
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from gantool import __version__
from gantool.atomic import write_atomic
from gantool.errors import WeightError
from gantool.onnx.graph import OUTPUT, example, fingerprint, graph_of, input_names, network_of
from gantool.onnx.session import Session

if TYPE_CHECKING:
    from gantool.task import Enhancer

OPSET = 20
TOLERANCE = 1e-3
"""Of values in [0, 1]: a quarter of an 8-bit step."""
FINGERPRINT, CARD = "gantool.network", "gantool.card"
_TRIALS = ((1, (9, 14)), (1, (23, 5)), (3, (4, 4)))
"""Batches and sizes, in units, at which torch and onnxruntime are compared; none is that of the export."""


@dataclass(frozen=True)
class Exported:
    """A written file, and the largest difference between torch and onnxruntime at several sizes."""

    path: Path
    difference: float
    opset: int = OPSET


def export(enhancer: Enhancer, target: Path, card: str = "") -> Exported:
    """Write the enhancer's network to `target`, atomically, with batch, height and width left open.

    Args:
        enhancer: one that says what stands alone (`graph`), in fp32 on the CPU.
        target: the file.
        card: the weight's card as JSON, kept in the file.

    Raises:
        UsageError: the enhancer cannot be exported.
        WeightError: torch cannot export it, or the file's outputs differ by more than 0.001.
    """
    content = _graph_bytes(enhancer, card)
    difference = compare(enhancer, Session(content, "cpu", str(target)))
    if not difference <= TOLERANCE:
        raise WeightError(
            f"{target}: onnxruntime and torch differ by {difference:.2g}, more than {TOLERANCE}",
            "nothing was written; run it by torch",
        )
    write_atomic(target, content, error=WeightError)
    return Exported(target, difference)


def compare(enhancer: Enhancer, session: Session) -> float:
    """Return the largest difference between torch and onnxruntime over several sizes of noise."""
    network = network_of(enhancer)
    largest = 0.0
    for seed, (batch, cells) in enumerate(_TRIALS):
        inputs = example(enhancer, batch, cells, seed)
        with torch.inference_mode():
            wanted = network(*inputs)
        made = session(dict(zip(input_names(graph_of(enhancer)), inputs, strict=True)))
        if made.shape != wanted.shape:
            return float("inf")
        largest = max(largest, float((made - wanted).abs().max()))
    return largest


def _graph_bytes(enhancer: Enhancer, card: str) -> bytes:
    import onnx

    network = network_of(enhancer).eval()
    with tempfile.TemporaryDirectory(prefix="gantool-") as folder:
        path = Path(folder) / "network.onnx"
        with _quiet():
            _export_to(path, enhancer)
        model = onnx.load(path)
    model.producer_name, model.producer_version = "gantool", __version__
    for key, value in ((CARD, card), (FINGERPRINT, fingerprint(network))):
        entry = model.metadata_props.add()
        entry.key, entry.value = key, value
    return bytes(model.SerializeToString())


def _export_to(path: Path, enhancer: Enhancer) -> None:
    graph, multiple = graph_of(enhancer), enhancer.geometry.multiple_of
    height, width = (multiple * torch.export.Dim(name) for name in ("rows", "columns"))
    batch = torch.export.Dim("batch")
    shapes = ({0: batch, 2: height, 3: width}, *({0: batch} for _ in graph.inputs))
    try:
        torch.onnx.export(
            network_of(enhancer),
            example(enhancer, 2, (6, 8)),
            path,
            dynamo=True,
            dynamic_shapes=shapes,
            input_names=input_names(graph),
            output_names=[OUTPUT],
            opset_version=OPSET,
            external_data=False,
            verbose=False,
        )
    except torch.onnx.OnnxExporterError as failure:
        why = _first_line(failure.__cause__ or failure)  # its own text tells how the exporter is debugged
        raise WeightError(f"torch cannot export this network to ONNX ({why})", "run it by torch") from failure


def _first_line(failure: BaseException) -> str:
    """Return `Kind: message`, cut to a line; both matter, since a message may be a bare name."""
    return f"{type(failure).__name__}: {failure}".strip().splitlines()[0]


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporter's remarks on its own progress from the command's output."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(action="ignore"), contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logging.disable(before)
