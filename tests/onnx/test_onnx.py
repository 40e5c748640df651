"""Tiny networks out to ONNX files and run from there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from gantool.cli import main
from gantool.errors import DeviceError, PluginError, UsageError, WeightError
from gantool.images import ArrayPicture
from gantool.inference.backend import Backend, on_backend, refuse_foreign
from gantool.inference.engine import Engine
from gantool.inference.precision import Precision
from gantool.inference.result import Settings
from gantool.task import Box, Geometry, Graph, GraphInput, LoadedWeight, Picture
from gantool.weights import files
from gantool.weights.card import Card
from gantool_denoise.enhance import DenoiseEnhancer, Denoiser
from gantool_denoise.networks import ARCHITECTURE as DENOISE
from gantool_denoise.networks import DenoiseConfig
from gantool_denoise.options import DenoiseOptions
from gantool_superres.networks import ARCHITECTURE, Generator, SuperResConfig

pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")

from gantool.onnx.exporting import compare, export
from gantool.onnx.session import Session

WEIGHT = "superres-x2-fidelity-compact"


class Level(nn.Module):
    """Halves the sides and doubles them again; takes a level, and adds it."""

    def __init__(self, wrong: bool = False) -> None:
        super().__init__()
        self.down, self.up = nn.Conv2d(3, 4, 2, 2), nn.ConvTranspose2d(4, 3, 2, 2)
        self.wrong = wrong

    def forward(self, image: Tensor, level: Tensor) -> Tensor:
        noise = torch.rand(()) if self.wrong else 0  # cannot be the same twice
        return image + self.up(self.down(image)) * level + noise


class LevelEnhancer:
    geometry, channels = Geometry(multiple_of=2), 3

    def __init__(self, wrong: bool = False) -> None:
        torch.manual_seed(0)
        self.module: nn.Module = nn.ModuleDict({"inner": Level(wrong)}).eval()
        self.graph = Graph("inner", (GraphInput("level", (1, 1, 1)),))

    def prepare(self, whole: Picture, extras: Mapping[str, Picture]) -> float:
        return 0.5

    def describe(self, state: float) -> str:
        return ""

    def regions(self, state: float) -> Sequence[Box] | None:
        return None

    def __call__(self, image: Tensor, box: Box, state: float) -> Tensor:
        made: Tensor = self.module["inner"](image, image.new_full((1, 1, 1, 1), state))  # type: ignore[index]
        return made


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("onnx") / "level.onnx"
    assert export(LevelEnhancer(), path, "card").difference <= 1e-5
    return path


def enhanced(enhancer: LevelEnhancer | DenoiseEnhancer, backend: Backend) -> np.ndarray:
    engine = Engine(*on_backend(enhancer, Settings("cpu", Precision.AUTO, 16, backend)))
    assert not backend.onnx or engine.precision is Precision.FP32
    picture = ArrayPicture(np.random.default_rng(0).integers(0, 256, (37, 51, 3), dtype=np.uint8))
    return engine.enhance(picture, dtype=np.float32).pixels


def test_sizes_and_batches_are_open_and_the_file_says_what_it_is(exported: Path) -> None:
    import onnx

    model = onnx.load(exported)
    assert model.opset_import[0].version >= 20
    inputs = {one.name: one.type.tensor_type.shape.dim for one in model.graph.input}
    assert list(inputs) == ["image", "level"]
    assert [bool(dim.dim_param) for dim in inputs["image"]] == [True, False, True, True]
    assert {entry.key: entry.value for entry in model.metadata_props}["gantool.card"] == "card"
    assert compare(LevelEnhancer(), Session(exported.read_bytes(), "cpu", "x")) <= 1e-5


def test_the_engine_makes_the_same_picture_of_it_in_tiles(exported: Path) -> None:
    wanted = enhanced(LevelEnhancer(), Backend())
    enhancer = LevelEnhancer()
    made = enhanced(enhancer, Backend(onnx=True, file=exported))
    assert list(enhancer.module.parameters()) == []  # torch has nothing left to run
    assert np.abs(made - wanted).max() < 1e-2  # the CPU's own precision may be bf16


@pytest.mark.skipif(torch.cuda.is_available(), reason="is about a build that cannot load CUDA")
@pytest.mark.filterwarnings("ignore:Specified provider")
def test_cuda_that_does_not_load_is_not_the_cpu_in_secret(
    exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import onnxruntime

    known = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: known)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    backend = Backend(onnx=True, file=exported)
    with pytest.raises(DeviceError, match=r"cannot use cuda:1.*--device cpu"):
        on_backend(LevelEnhancer(), Settings("cuda:1", backend=backend))
    assert on_backend(LevelEnhancer(), Settings("auto", backend=backend))[1].device == "cpu"


@pytest.mark.parametrize("words", ["Failed to allocate memory for requested buffer of size 9", "a bug"])
def test_what_onnxruntime_raises_is_what_torch_would_raise(
    exported: Path, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import onnxruntime
    from onnxruntime.capi.onnxruntime_pybind11_state import RuntimeException

    inner = onnxruntime.InferenceSession.run

    def run(session: object, names: None, arrays: Mapping[str, np.ndarray]) -> list[np.ndarray]:
        if arrays["image"].shape[-1] > 8:
            raise RuntimeException(f"[ONNXRuntimeError] : 6 : {words}")
        made: list[np.ndarray] = inner(session, names, arrays)
        return made

    wanted = enhanced(LevelEnhancer(), Backend(onnx=True, file=exported))
    monkeypatch.setattr(onnxruntime.InferenceSession, "run", run)
    if words == "a bug":
        with pytest.raises(RuntimeError, match="a bug"):
            enhanced(LevelEnhancer(), Backend(onnx=True, file=exported))
    else:  # It goes on with smaller tiles.
        made = enhanced(LevelEnhancer(), Backend(onnx=True, file=exported))
        assert np.allclose(made, wanted, atol=1e-5)


def test_a_network_that_differs_from_its_graph_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(WeightError, match=r"differ by .* more than 0\.001"):
        export(LevelEnhancer(wrong=True), tmp_path / "x.onnx")
    assert list(tmp_path.iterdir()) == []


def test_why_a_network_cannot_be_exported_is_told(tmp_path: Path) -> None:
    silent = LevelEnhancer()
    silent.graph = Graph("inner")
    with pytest.raises(WeightError, match=r"cannot export this network .*'level'"):
        export(silent, tmp_path / "x.onnx")
    silent.graph = Graph("outer")
    with pytest.raises(PluginError, match="is 'outer', and the module of LevelEnhancer"):
        export(silent, tmp_path / "x.onnx")


class Doubled(Level):
    def forward(self, image: Tensor, level: Tensor) -> Tensor:
        return 2 * super().forward(image, level)


def test_a_network_whose_code_has_changed_is_exported_again() -> None:
    before = enhanced(LevelEnhancer(), Backend(onnx=True))
    changed = LevelEnhancer()
    changed.module["inner"].__class__ = Doubled  # type: ignore[index,assignment]
    np.testing.assert_allclose(enhanced(changed, Backend(onnx=True)), 2 * before, atol=1e-4)


def test_a_file_of_other_weights_or_none_is_refused(exported: Path, tmp_path: Path) -> None:
    other = LevelEnhancer()
    next(other.module.parameters()).data.add_(1)
    with pytest.raises(WeightError, match="not exported from the weights asked for"):
        enhanced(other, Backend(onnx=True, file=exported))
    (tmp_path / "bad.onnx").write_bytes(b"no graph")
    with pytest.raises(WeightError, match="cannot be run by onnxruntime"):
        enhanced(LevelEnhancer(), Backend(onnx=True, file=tmp_path / "bad.onnx"))


def test_what_cannot_be_is_one_line(exported: Path) -> None:
    backend = Backend(onnx=True, file=exported)
    with pytest.raises(UsageError, match="computes in fp32"):
        on_backend(LevelEnhancer(), Settings("cpu", Precision.BF16, 16, backend))
    with pytest.raises(UsageError, match=r"own, not net\.pth"):
        refuse_foreign(Settings("cpu", backend=backend), Path("net.pth"))
    refuse_foreign(Settings("cpu"), Path("net.pth"))
    closed = LevelEnhancer()
    del closed.graph
    with pytest.raises(UsageError, match="does not say what goes into it"):
        on_backend(closed, Settings("cpu", backend=backend))


def test_denoise_keeps_its_estimator_in_torch() -> None:
    torch.manual_seed(0)
    config = DenoiseConfig(4, 4, 8, 1, 1, 1, 1, 1)
    card = Card("x", "denoise", DENOISE, config.as_card(), "CC0-1.0")
    weight = LoadedWeight("x", card, Denoiser(config).state_dict(), "", Path("x"))
    plain, onnx = (DenoiseEnhancer(DenoiseOptions(), [weight]) for _ in range(2))
    made = enhanced(onnx, Backend(onnx=True))
    assert np.abs(made - enhanced(plain, Backend())).max() < 1e-2


def test_on_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.manual_seed(0)
    config = SuperResConfig(scale=2, width=8, blocks=1)
    card = Card(WEIGHT, "superres", ARCHITECTURE, config.as_card(), "CC0-1.0")
    (tmp_path / "store").mkdir()
    files.save(tmp_path / "store" / f"{WEIGHT}.safetensors", Generator(config).state_dict(), card)
    monkeypatch.setenv("GANTOOL_WEIGHTS", str(tmp_path / "store"))
    monkeypatch.chdir(tmp_path)
    Image.effect_noise((40, 30), 90).convert("RGB").save("a.png")

    def run(*arguments: str) -> tuple[object, str]:
        with pytest.raises(SystemExit) as stopped:
            main(arguments)
        captured = capsys.readouterr()
        return stopped.value.code, captured.out + captured.err

    code, said = run("weights", "export", "--onnx", WEIGHT, "net.onnx")
    assert (code, "differ by at most" in said, Path("net.onnx").exists()) == (0, True, True)
    assert run("weights", "export", "--onnx", WEIGHT, "net.onnx")[0] == 1
    assert run("weights", "export", "--onnx", WEIGHT, "net.txt")[0] == 2
    common = ("enhance", "superres", "a.png", "--scale", "2", "--kind", "fidelity", "--device", "cpu")
    code, said = run(*common, "--precision", "fp32", "-o", "torch.png")
    assert (code, "onnxruntime" in said) == (0, False)
    code, said = run(*common, "--backend", "net.onnx", "-o", "onnx.png")
    assert (code, "in fp32 by onnxruntime" in said) == (0, True)
    difference = np.asarray(Image.open("torch.png"), np.int64) - np.asarray(Image.open("onnx.png"), np.int64)
    assert np.abs(difference).max() <= 1
    assert run(*common, "--backend", "tensorflow")[0] == 2
