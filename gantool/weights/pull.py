"""Weights from other places into the user's store."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from gantool.atomic import write_atomic
from gantool.errors import UsageError, WeightError
from gantool.paths import exists, is_folder
from gantool.task import LoadedWeight
from gantool.weights import files
from gantool.weights.exchange import Wish, import_file
from gantool.weights.fetch import fetch
from gantool.weights.remote import understand


def pull_weight(wanted: str, sha256: str | None, wish: Wish) -> LoadedWeight:
    """Fetch a weight file and import it, with every check an import makes.

    What a plugin publishes is imported under the id by which its task looks for it, and only if it was made
    for that task.

    Raises:
        UsageError: the word means nothing, or no sha256 is known; or as `import_file`.
        WeightError: it cannot be fetched or is not what its sha256 says; or as `import_file`.
    """
    remote = understand(wanted, sha256)
    if wish.card is None and not remote.name.endswith(files.SUFFIX):
        raise UsageError(
            f"{remote.name} is a file of another project",
            "keep it as it is by -o FILE and run it by --weights FILE, or give --task and --card",
        )
    fetched = fetch(remote, cache_folder())
    loaded = import_file(
        fetched, replace(wish, id=wish.id or remote.id or None, task=wish.task or remote.task or None)
    )
    fetched.unlink(missing_ok=True)  # The store has it now. After a refusal it stays, for another try.
    return loaded


def pull_file(wanted: str, sha256: str | None, target: Path, *, overwrite: bool) -> Path:
    """Fetch a file, keep it as `target` as it is, and return where it lies.

    Raises:
        UsageError: the word means nothing, or no sha256 is known.
        WeightError: `target` exists and may not be replaced, or the file cannot be fetched.
    """
    remote = understand(wanted, sha256)
    target = target / remote.name if is_folder(target) else target
    if exists(target) and not overwrite:
        raise WeightError(f"{target} exists", "name another file, or pass --overwrite to replace it")
    fetched = fetch(remote, cache_folder())
    write_atomic(target, files.read_bytes(fetched), error=WeightError)
    fetched.unlink(missing_ok=True)
    return target


def cache_folder() -> Path:
    """Return where files lie until they are imported."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("gantool", appauthor=False)) / "pull"
