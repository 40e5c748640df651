"""Files that are whole or not there. Torch-free."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from gantool.errors import TrainError


def write_atomic(path: Path, content: bytes) -> None:
    """Write to a temporary name in the same folder, flush to disk, rename.

    Raises:
        TrainError: the disk is full or the folder cannot be written to; nothing is left behind.
    """
    temporary = ""
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = file.name
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except OSError as problem:
        raise TrainError(f"cannot write {path} ({problem.strerror})", "free space or choose another --run") from None
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
