"""The built wheel, unpacked in an empty folder, away from the checkout, enlarges a photograph."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def run(site: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(site), "PYTHONSAFEPATH": "1", "XDG_DATA_HOME": str(folder)}
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_the_wheel_carries_plugins_and_weights_and_installs_no_package_called_plugins(site: Path) -> None:
    assert (site / "gantool_superres" / "plugin.py").exists()
    assert (site / "gantool" / "py.typed").exists()
    assert not (site / "plugins").exists()
    assets = ROOT / "gantool" / "report" / "assets"
    assert {path.name for path in (site / "gantool" / "report" / "assets").iterdir()} == {
        path.name for path in assets.iterdir()
    }
    template = {path.name for path in (ROOT / "gantool" / "template").iterdir()}
    assert {path.name for path in (site / "gantool" / "template").iterdir()} == template
    shipped = {path.name for path in (ROOT / "weights").glob("*.safetensors")}
    assert shipped
    assert {path.name for path in (site / "gantool_weights").glob("*.safetensors")} == shipped


def test_it_enlarges_a_photograph_in_an_empty_folder(site: Path, tmp_path: Path) -> None:
    with Image.open(ROOT / "examples" / "photos" / "cat.jpg") as photo:
        photo.crop((200, 200, 264, 248)).save(tmp_path / "cat.png")
    where = run(site, tmp_path, "-c", "import gantool; print(gantool.__file__)")
    assert where.stdout.strip().startswith(str(site))
    result = run(site, tmp_path, "-m", "gantool", "enhance", "superres", "cat.png")
    assert result.returncode == 0, result.stderr
    with Image.open(tmp_path / "cat_superres.png") as large:
        assert large.size == (256, 192)
