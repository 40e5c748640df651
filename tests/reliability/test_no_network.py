"""Nothing is sent and nothing fetched, unless a command is for that: no telemetry, no look for updates."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.reliability.plain import pictures

ROOT = Path(__file__).parents[2]
NETWORK = {"socket", "ssl", "http", "urllib", "requests", "httpx", "aiohttp", "ftplib", "smtplib"}
NETWORK |= {"huggingface_hub", "pooch", "webbrowser"}
MAY = {
    "gantool/weights/fetch.py": "weights fetch",
    "gantool/weights/pull.py": "weights fetch of a hub",
    "gantool/weights/push.py": "weights push",
    "gantool/weights/remote.py": "addresses taken apart",
}

OFFLINE = """
import os, sys

def refuse(event, arguments):
    if event.startswith(("socket.", "urllib.", "http.", "ftplib.", "smtplib.", "webbrowser.")):
        os.write(2, f"used {event} {arguments}\\n".encode())
        os._exit(99)

sys.addaudithook(refuse)
from gantool.cli import main
main(sys.argv[1:])
"""


def offline(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process that ends with 99 where anything opens a socket."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    program = [sys.executable, "-c", OFFLINE, *arguments]
    return subprocess.run(program, capture_output=True, text=True, env=environment, check=False)


def test_enhance_with_sockets_forbidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    pictures(Path("in"), 2)
    done = offline(
        "enhance", "denoise,superres", "in", "-o", "out", "--superres.scale", "2", "--report", "r.html"
    )
    assert done.returncode == 0, done.stderr
    assert len(list(Path("out").iterdir())) == 2
    page = Path("r.html").read_text()
    assert not any(word in page for word in ('src="http', 'href="http', "fetch("))


@pytest.mark.parametrize("arguments", [("weights", "list"), ("plugins", "list")])
def test_commands_that_only_tell(arguments: tuple[str, ...]) -> None:
    done = offline(*arguments)
    assert done.returncode != 99, done.stderr


def test_the_hook_sees_a_socket() -> None:
    program = OFFLINE.partition("from gantool")[0] + "import socket; socket.socket()"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, check=False).returncode == 99


def test_only_what_travels_imports_anything_of_networks() -> None:
    sources = [*ROOT.glob("gantool/**/*.py"), *ROOT.glob("plugins/**/*.py")]
    found = {str(path.relative_to(ROOT)) for path in sources if imported(path) & NETWORK}
    assert found <= MAY.keys()


def imported(path: Path) -> set[str]:
    """Return the top packages that a file imports anywhere, `urllib.parse` aside, which opens nothing."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return {name.partition(".")[0] for name in names if name != "urllib.parse"}
