"""Fetching a file by pooch, which checks its sha256; a transfer that broke off is taken up again.

pooch keeps nothing of a transfer that fails. So its downloader here keeps what came, under the file's
sha256, and asks the server for the rest (RFC 9110, 14.2: Range); a server that does not know how sends all.
"""

from __future__ import annotations

import importlib.util
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gantool.atomic import refusal
from gantool.errors import UsageError, WeightError
from gantool.weights.remote import Remote

if TYPE_CHECKING:
    from requests import Response

_WAIT = 30
"""Seconds without a byte after which a server is given up."""
_CHUNK = 1 << 14
"""Bytes written at once; what is left of one is lost when a transfer breaks off."""


def check_extra(name: str) -> None:
    """Raise UsageError unless an optional package is installed."""
    if importlib.util.find_spec(name) is None:
        raise UsageError(f"{name} is not installed", 'pip install "gantool[hub]"')


def fetch(remote: Remote, folder: Path) -> Path:
    """Return the remote file in `folder`, where it lies whole or not at all.

    Raises:
        UsageError: pooch is not installed.
        WeightError: the server cannot be reached or has no such file, or the file is not what its sha256
            says; the line has the remedy.
    """
    check_extra("pooch")
    import pooch
    import requests

    try:
        folder.mkdir(parents=True, exist_ok=True)
        pooch.get_logger().setLevel("WARNING")
        kept = folder / f"{remote.sha256[:16]}.part"
        downloader = Resuming(kept)
        found = pooch.retrieve(
            remote.url, f"sha256:{remote.sha256}", fname=remote.name, path=folder, downloader=downloader
        )
    except requests.HTTPError as failure:
        status = 0 if failure.response is None else failure.response.status_code
        raise _refused(remote, status) from failure
    except requests.RequestException as failure:
        raise WeightError(
            f"{remote.url} cannot be reached ({_why(failure)})",
            "go online and call it again: it goes on where it ended; or fetch the file elsewhere and "
            "`gantool weights import` it",
        ) from failure
    except ValueError as failure:  # pooch's word for another hash
        raise WeightError(
            f"{remote.url} is not the file with sha256 {remote.sha256}",
            "compare --sha256 with what the publisher states; nothing was kept",
        ) from failure
    except OSError as failure:
        raise refusal(folder, failure, WeightError) from failure
    return Path(found)


class Resuming:
    """A downloader for pooch that keeps what it has in `kept` until it has all."""

    def __init__(self, kept: Path) -> None:
        self._kept = kept

    def __call__(self, url: str, output_file: Any, pooch: Any, check_only: bool = False) -> None:
        """Write the whole file at `url` to `output_file`, a path."""
        import requests

        have = self._kept.stat().st_size if self._kept.exists() else 0
        asked = {"Accept-Encoding": "identity", **({"Range": f"bytes={have}-"} if have else {})}
        with requests.get(url, headers=asked, stream=True, timeout=_WAIT) as answer:
            if have and answer.status_code == requests.codes.requested_range_not_satisfiable:
                return self._again(url, output_file, pooch)
            answer.raise_for_status()
            goes_on = answer.status_code == requests.codes.partial_content
            self._take(answer, "ab" if goes_on else "wb")
        self._kept.replace(output_file)
        return None

    def _again(self, url: str, output_file: Any, pooch: Any) -> None:
        """Begin anew: what is kept is as long as the file or longer, and was never finished."""
        with suppress(FileNotFoundError):
            self._kept.unlink()
        self(url, output_file, pooch)

    def _take(self, answer: Response, mode: str) -> None:
        import requests

        expected = int(answer.headers.get("Content-Length", -1))
        with self._kept.open(mode) as file:
            begin = file.tell()
            for chunk in answer.iter_content(_CHUNK):
                file.write(chunk)
            came = file.tell() - begin
        if 0 <= came < expected:
            raise requests.ConnectionError(f"{came} of {expected} bytes came")


def _refused(remote: Remote, status: int) -> WeightError:
    if status in (401, 403):
        return WeightError(f"{remote.url} is refused ({status})", "fetch it by hand with your account")
    return WeightError(f"{remote.url} is not there ({status})", "check the address")


def _why(failure: Exception) -> str:
    """Return the innermost cause in a few words."""
    while failure.__cause__ or failure.__context__:
        failure = failure.__cause__ or failure.__context__  # type: ignore[assignment]
    return str(failure).splitlines()[0][:120] if str(failure) else type(failure).__name__
