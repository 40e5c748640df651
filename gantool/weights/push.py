"""A weight file to a repository on the Hugging Face hub, with a model card written from ours."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gantool.errors import WeightError
from gantool.weights import files
from gantool.weights.fetch import check_extra
from gantool.weights.ids import check_id
from gantool.weights.modelcard import model_card
from gantool.weights.remote import endpoint, repository_of

if TYPE_CHECKING:
    from huggingface_hub import HfApi


@dataclass(frozen=True)
class Pushed:
    """What was sent where."""

    repository: str
    file: str
    sha256: str
    url: str


def push_weight(source: Path, target: str, *, private: bool = False, message: str = "") -> Pushed:
    """Send the sound weight file `source` and a README.md in one commit; the repository is made if needed.

    Args:
        source: a weight file with a card.
        target: `hf:OWNER/REPO`.
        private: whether a new repository is private.
        message: the commit's.

    Raises:
        UsageError: huggingface_hub is not installed, or `target` is no repository.
        WeightError: the weight is damaged or its id is none, there is no token, or the hub refuses or cannot
            be reached.
    """
    check_extra("huggingface_hub")
    from httpx2 import HTTPError  # what huggingface_hub goes by, and raises offline
    from huggingface_hub import HfApi, errors

    repository = repository_of(target)
    weight = files.load(source, task=None)
    name = f"{check_id(weight.id)}{files.SUFFIX}"  # It names a file there, and stands in commands.
    readme = model_card(weight.card, name, weight.sha256, repository)
    api = HfApi(endpoint=endpoint(), library_name="gantool")
    try:
        api.create_repo(repository, private=private, exist_ok=True)
        _commit(api, repository, {name: files.read_bytes(source), "README.md": readme.encode()}, message)
    except errors.HfHubHTTPError as failure:
        raise _refused(repository, failure.response.status_code) from failure
    except errors.LocalTokenNotFoundError as failure:
        raise WeightError("there is no token for the hub", "`hf auth login`, or set HF_TOKEN") from failure
    except ValueError as failure:  # of what answers in another way than a hub
        raise WeightError(
            f"{endpoint()} does not take the card ({_why(failure)})", "is it a hub?"
        ) from failure
    except (OSError, HTTPError) as failure:
        raise _unreachable(failure) from failure
    return Pushed(repository, name, weight.sha256, f"{endpoint()}/{repository}")


def _commit(api: HfApi, repository: str, contents: dict[str, bytes], message: str) -> None:
    from huggingface_hub import CommitOperationAdd

    operations = [CommitOperationAdd(name, content) for name, content in contents.items()]
    first = next(iter(contents))
    api.create_commit(repository, operations, commit_message=message or f"{first} by gantool")


def _refused(repository: str, status: int) -> WeightError:
    if status in (401, 403):
        return WeightError(
            f"the hub refuses {repository} ({status})",
            "`hf auth login` with a token that may write there, or set HF_TOKEN",
        )
    return WeightError(f"the hub cannot take {repository} ({status})", "try again later")


def _unreachable(failure: Exception) -> WeightError:
    return WeightError(
        f"{endpoint()} cannot be reached ({_why(failure)})", "go online, or set HF_ENDPOINT to a hub of yours"
    )


def _why(failure: Exception) -> str:
    return str(failure).splitlines()[0][:120] if str(failure) else type(failure).__name__
