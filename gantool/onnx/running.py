"""An enhancer whose network runs in onnxruntime: tiles, colours and files are the engine's as ever."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from torch import Tensor, nn

from gantool.atomic import make_folder
from gantool.errors import DeviceError, WeightError
from gantool.onnx.exporting import FINGERPRINT, OPSET, TOLERANCE, compare, export
from gantool.onnx.graph import fingerprint, graph_of, input_names, network_of, replace_network
from gantool.onnx.session import Session
from gantool.weights import files

if TYPE_CHECKING:
    from gantool.task import Enhancer


class OnnxNetwork(nn.Module):
    """A graph in the place of a network of torch; it has no parameters that torch could see."""

    def __init__(self, session: Session, names: list[str]) -> None:
        super().__init__()
        self._session = session
        self._names = names

    def forward(self, *inputs: Tensor) -> Tensor:
        """Return the graph's output, where the image is."""
        made = self._session(dict(zip(self._names, inputs, strict=True)))
        return made.to(inputs[0].device)


def run_by_onnx(enhancer: Enhancer, file: Path | None, device: str) -> None:
    """Let onnxruntime run the enhancer's network, from `file` or exported into the cache, once.

    Raises:
        UsageError: the network cannot be exported.
        WeightError: the file is none, is damaged, or was exported from other weights.
        DeviceError: onnxruntime cannot use the device.
    """
    names = input_names(graph_of(enhancer))
    digest = fingerprint(network_of(enhancer))
    path = file or _cached(enhancer, digest)
    session = Session(files.read_bytes(path), device, str(path))
    if session.facts.get(FINGERPRINT) != digest or list(session.inputs) != names:
        raise WeightError(
            f"{path} was not exported from the weights asked for",
            "name those by --weights, or export again by `gantool weights export --onnx`",
        )
    replace_network(enhancer, OnnxNetwork(session, names))


def device_for(wanted: str) -> str:
    """Return the device for onnxruntime: CUDA where its build knows it and torch finds it, else the CPU.

    Raises:
        DeviceError: the device was asked for by name and onnxruntime does not know it.
    """
    import onnxruntime
    import torch

    knows = "CUDAExecutionProvider" in onnxruntime.get_available_providers()
    if wanted == "auto":
        return "cuda" if knows and torch.cuda.is_available() else "cpu"
    if wanted == "cpu" or (wanted.startswith("cuda") and knows):
        return wanted
    raise DeviceError(
        f"this build of onnxruntime does not know device {wanted}", "take --device cpu, or --backend torch"
    )


def _is_of(path: Path, enhancer: Enhancer) -> bool:
    """Return whether a graph still gives what the network gives, whose code may have changed since."""
    try:
        return compare(enhancer, Session(files.read_bytes(path), "cpu", str(path))) <= TOLERANCE
    except (RuntimeError, WeightError, ValueError):  # it takes other inputs now, or is damaged
        return False


def _cached(enhancer: Enhancer, digest: str) -> Path:
    """Return the graph of this network in the user's cache, exported and compared if it is not there."""
    import platformdirs

    folder = Path(platformdirs.user_cache_dir("gantool", appauthor=False)) / "onnx"
    path = folder / f"{digest[:32]}-opset{OPSET}.onnx"
    if not (path.exists() and _is_of(path, enhancer)):
        make_folder(folder, error=WeightError)
        export(enhancer, path)
    return path
