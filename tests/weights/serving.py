"""A web server of the test's own process."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

GOOD = "hf_good"


@dataclass
class Site:
    """Files by path. `cut` is after how many bytes the first transfer breaks off; `ranges` what was asked."""

    files: dict[str, bytes] = field(default_factory=dict)
    cut: int | None = None
    knows_ranges: bool = True
    ranges: list[str] = field(default_factory=list)
    posted: dict[str, Any] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    address: str = ""


class Handler(BaseHTTPRequestHandler):
    site: Site

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        site, content = self.site, self.site.files.get(self.path)
        if content is None:
            return self.send_error(404)
        wanted = self.headers.get("Range", "")
        site.ranges.append(wanted)
        begin = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and site.knows_ranges else 0
        if begin >= len(content):
            return self.send_error(416)
        self.send_response(206 if begin else 200)
        self.send_header("Content-Length", str(len(content) - begin))
        self.end_headers()
        cut, site.cut = site.cut, None
        self.wfile.write(content[begin : cut or len(content)])
        if cut:
            self.close_connection = True
        return None

    def do_POST(self) -> None:
        """Answer as the hub does to what makes a repository and a commit of ordinary files."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        self.site.tokens.add(token)
        if token != GOOD:
            return self.send_error(401)
        if self.path == "/api/repos/create":
            self.site.posted["repository"] = json.loads(body)
            return self._answer({"url": f"{self.site.address}/me/nets", "name": "me/nets"})
        if self.path == "/api/validate-yaml":
            self.site.posted["readme"] = json.loads(body)["content"]
            return self._answer({"errors": [], "warnings": []})
        if "/preupload/" in self.path:
            modes = [
                {"path": one["path"], "uploadMode": "regular", "shouldIgnore": False}
                for one in json.loads(body)["files"]
            ]
            return self._answer({"files": modes})
        if "/commit/" in self.path:
            for line in map(json.loads, body.splitlines()):
                value = line["value"]
                if line["key"] == "file":
                    self.site.files[f"/me/nets/resolve/main/{value['path']}"] = base64.b64decode(
                        value["content"]
                    )
                else:
                    self.site.posted[line["key"]] = value
            return self._answer({"commitOid": "0" * 40, "commitUrl": f"{self.site.address}/c/0"})
        return self.send_error(404)

    def _answer(self, record: object) -> None:
        content = json.dumps(record).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def serving() -> Iterator[Site]:
    site = Site()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"site": site}))
    site.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield site
    server.shutdown()
    server.server_close()
