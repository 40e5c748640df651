"""`pull` and `push` against a server of the test's own, through the real clients."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from gantool import plugins
from gantool.errors import GantoolError, UsageError, WeightError
from gantool.weights import files, store
from gantool.weights.card import Card, Measured
from gantool.weights.catalogue import catalogue
from gantool.weights.exchange import Wish
from gantool.weights.fetch import fetch
from gantool.weights.folders import user_folder
from gantool.weights.modelcard import model_card
from gantool.weights.pull import cache_folder, pull_file, pull_weight
from gantool.weights.remote import Remote, repository_of, understand

from .serving import GOOD, Site, serving

CARD = Card(
    "toy-plain",
    "toy",
    "gain",
    {"width": 3},
    "Apache-2.0",
    summary="A <b>toy</b>\n---",
    data="photos | of mine",
    measured=(Measured("PSNR-Y", 31.25, "Set14", "x2"),),
)
NONE = "0" * 64


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Site]:
    """A hub, and an empty home; requests that leave the machine have nowhere to go."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with serving() as made:
        monkeypatch.setenv("HF_ENDPOINT", made.address)
        yield made


def weight(folder: Path) -> tuple[Path, bytes, str]:
    path = folder / "toy-plain.safetensors"
    digest = files.save(path, {"gain": torch.arange(40_000.0) / 40_000}, CARD)
    return path, path.read_bytes(), digest


def kept() -> list[str]:
    return sorted(path.name for path in cache_folder().iterdir())


def test_an_address_is_pulled_checked_and_imported(site: Site, tmp_path: Path) -> None:
    _, content, digest = weight(tmp_path)
    site.files["/a/toy.safetensors"] = content
    loaded = pull_weight(f"{site.address}/a/toy.safetensors", digest, Wish())
    assert (loaded.id, loaded.sha256) == ("toy-plain", digest)
    assert loaded.path == user_folder() / "toy-plain.safetensors"
    assert kept() == []


def test_a_repository_of_the_hub(site: Site, tmp_path: Path) -> None:
    _, content, digest = weight(tmp_path)
    site.files["/me/nets/resolve/main/nets.safetensors"] = content
    site.files["/me/nets/resolve/v2/sub/x.safetensors"] = content
    assert pull_weight("hf:me/nets", digest, Wish()).id == "toy-plain"
    assert pull_weight("hf:me/nets/sub/x.safetensors@v2", digest, Wish(id="other")).id == "other"


def test_another_file_than_the_hash_says_is_refused(site: Site, tmp_path: Path) -> None:
    site.files["/toy.safetensors"] = weight(tmp_path)[1]
    with pytest.raises(WeightError, match=r"is not the file with sha256 0000.*compare --sha256"):
        pull_weight(f"{site.address}/toy.safetensors", NONE, Wish())
    assert kept() == []
    assert not user_folder().exists()


def test_a_transfer_that_broke_off_goes_on_where_it_ended(site: Site, tmp_path: Path) -> None:
    _, content, digest = weight(tmp_path)
    site.files["/toy.safetensors"] = content
    site.cut = 30_000
    address = f"{site.address}/toy.safetensors"
    with pytest.raises(WeightError, match=r"cannot be reached.*goes on where it ended"):
        pull_weight(address, digest, Wish())
    assert (cache_folder() / f"{digest[:16]}.part").stat().st_size == 16_384
    assert pull_weight(address, digest, Wish()).sha256 == digest
    assert site.ranges == ["", "bytes=16384-"]


@pytest.mark.parametrize("have", [5_000, 10_000_000])
def test_a_server_without_ranges_and_a_part_too_long_begin_anew(
    site: Site, tmp_path: Path, have: int
) -> None:
    _, content, digest = weight(tmp_path)
    site.files["/toy.safetensors"], site.knows_ranges = content, have > len(content)
    cache_folder().mkdir(parents=True)
    (cache_folder() / f"{digest[:16]}.part").write_bytes(b"x" * have)
    assert pull_weight(f"{site.address}/toy.safetensors", digest, Wish()).sha256 == digest


def test_a_server_that_refuses_every_range_is_asked_twice_and_no_more(site: Site, tmp_path: Path) -> None:
    site.files["/empty"] = b""  # Of which this server has no part, not even the whole.
    (tmp_path / f"{NONE[:16]}.part").write_bytes(b"x")
    with pytest.raises(WeightError, match=r"is not there .416."):
        fetch(Remote(f"{site.address}/empty", "empty", NONE), tmp_path)
    assert site.ranges == ["bytes=1-", ""]


def test_a_file_is_kept_as_it_is_where_asked(site: Site, tmp_path: Path) -> None:
    site.files["/net.pth"] = b"foreign"
    digest = hashlib.sha256(b"foreign").hexdigest()
    done = pull_file(f"{site.address}/net.pth", digest, tmp_path, overwrite=False)
    assert (done, done.read_bytes()) == (tmp_path / "net.pth", b"foreign")
    with pytest.raises(WeightError, match=r"net\.pth exists"):
        pull_file(f"{site.address}/net.pth", digest, done, overwrite=False)


def test_another_projects_file_is_not_fetched_in_vain(site: Site) -> None:
    with pytest.raises(UsageError, match="keep it as it is by -o FILE"):
        pull_weight(f"{site.address}/net.pth", NONE, Wish())
    assert site.ranges == []


def test_offline_is_one_line_with_a_remedy(site: Site, tmp_path: Path) -> None:
    with pytest.raises(WeightError, match=r"cannot be reached .*; go online"):
        fetch(Remote("http://127.0.0.1:9/x.safetensors", "x.safetensors", NONE), tmp_path)
    with pytest.raises(WeightError, match=r"is not there .404.; check the address"):
        fetch(Remote(f"{site.address}/none", "none", NONE), tmp_path)


@pytest.mark.parametrize(
    ("wanted", "sha256", "words"),
    [
        ("https://a.b/c.safetensors", None, "add --sha256"),
        ("hf:me/nets", None, "add --sha256"),
        ("hf:me", NONE, "write hf:OWNER/REPO/FILE"),
        ("ftp://a.b/c", NONE, "https://"),
        ("file:///etc/passwd", NONE, "https://"),
        ("https://a.b/", NONE, "no address of a file"),
        ("https://a.b/c/..", NONE, "no address of a file"),
        ("https://a.b/c%5C..%5C..%5Cd.safetensors", NONE, "no address of a file"),  # As Windows reads it.
        ("https://a.b/D:c.safetensors", NONE, "no address of a file"),
        ("https://a.b/c%2F..%2F..", NONE, "no address of a file"),
        ("https://a.b/c%00.safetensors", NONE, "no address of a file"),
        ("hf:me/nets/..\\..\\c.safetensors", NONE, "write hf:OWNER/REPO/FILE"),
        ("https://a.b/c", "12", "64 digits"),
        ("dncnn-colour-blind", None, "did you mean dncnn-color-blind"),
        ("dncnn-color-blind", NONE, "contradicts the catalogue"),
    ],
)
def test_what_means_nothing_is_one_line(wanted: str, sha256: str | None, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        understand(wanted, sha256)


def test_the_catalogue_is_sound() -> None:
    for known in catalogue():
        assert understand(known.name, None) == Remote(known.url, known.url.rpartition("/")[2], known.sha256)
        assert known.url.startswith("https://")
        assert known.licence


def test_the_model_card_says_what_our_card_says_and_cannot_be_broken_out_of() -> None:
    text = model_card(CARD, "toy-plain.safetensors", NONE, "me/nets")
    front = text.split("---\n")[1]
    assert 'license: "apache-2.0"' in front
    assert json.loads(front.splitlines()[-1].removeprefix("tags: ")) == ["gantool", "toy"]
    assert "<b>" not in text
    assert "photos \\| of mine" in text
    assert "| PSNR-Y | 31.25 | Set14 | x2 |" in text
    assert f"gantool weights pull hf:me/nets/toy-plain.safetensors --sha256 {NONE}" in text


def test_the_names_of_a_cards_facts_do_not_break_out_of_it_either() -> None:
    text = model_card(replace(CARD, config={"<img src=x>\n\n# A": 1}), "x.safetensors", NONE, "me/nets")
    assert "| config: &lt;img src=x> # A | 1 |" in text


def test_an_id_that_is_none_is_not_pushed(site: Site, tmp_path: Path) -> None:
    """It would stand in the command that the repository's page shows."""
    pytest.importorskip("huggingface_hub")
    from gantool.weights.push import push_weight

    path, content, _ = weight(tmp_path)
    path.write_bytes(content.replace(b"toy-plain", b"t;reboot;"))
    assert files.load(path, task=None).id == "t;reboot;"
    with pytest.raises(WeightError, match="cannot be the id"):
        push_weight(path, "hf:me/nets")


@pytest.mark.parametrize(
    ("id", "command", "kind"),
    [
        ("superres-x2-photo-compact", "enhance superres --weights {} --scale 2 photo.jpg", "image-to-image"),
        ("superres-x4-photo-compact", "enhance superres --weights {} photo.jpg", "image-to-image"),
        ("inpaint-photo", "enhance inpaint --weights {} --mask mask.png photo.jpg", "image-to-image"),
        ("generate-digits", "sample generate --weights {}", "unconditional-image-generation"),
    ],
)
def test_the_model_cards_command_is_one_that_works(id: str, command: str, kind: str) -> None:
    card = files.read_card(store.resolve(id, plugins.load(id.partition("-")[0])))
    text = model_card(card, f"{id}.safetensors", NONE, "me/nets")
    assert f"\ngantool {command.format(id)}\n" in text
    assert f'pipeline_tag: "{kind}"' in text
    assert '\npip install ".[hub]"    # in a clone of gantool\n' in text


def test_what_a_card_states_and_its_task_does_not_take_is_in_no_command() -> None:
    text = model_card(replace(CARD, task="superres", config={"scale": 9}), "x.safetensors", NONE, "me/nets")
    assert "gantool enhance superres --weights toy-plain photo.jpg" in text


def test_pushed_and_pulled_again(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("huggingface_hub")
    from gantool.weights.push import push_weight

    monkeypatch.setenv("HF_TOKEN", GOOD)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    path, content, digest = weight(tmp_path)
    pushed = push_weight(path, "hf:me/nets", private=True)
    assert (pushed.repository, pushed.file, pushed.sha256) == ("me/nets", path.name, digest)
    assert site.files[f"/me/nets/resolve/main/{path.name}"] == content
    assert b"library_name" in site.files["/me/nets/resolve/main/README.md"]
    assert site.posted["repository"]["name"] == "nets"
    assert site.posted["header"]["summary"] == "toy-plain.safetensors by gantool"
    assert pull_weight(f"hf:me/nets/{path.name}", digest, Wish()).id == "toy-plain"


@pytest.mark.parametrize(("token", "words"), [("hf_bad", "hf auth login"), (GOOD, "go online")])
def test_a_refusal_of_the_hub_is_one_line(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, token: str, words: str
) -> None:
    pytest.importorskip("huggingface_hub")
    from gantool.weights.push import push_weight

    monkeypatch.setenv("HF_TOKEN", token)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    if token == GOOD:
        monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(GantoolError, match=words) as caught:
        push_weight(weight(tmp_path)[0], "hf:me/nets")
    assert "\n" not in str(caught.value)


def test_only_a_repository_is_pushed_to() -> None:
    assert repository_of("hf:me/nets") == "me/nets"
    for wrong in ("me/nets", "hf:me/nets/file", "hf:me/nets@v1"):
        with pytest.raises(UsageError, match="hf:OWNER/REPO"):
            repository_of(wrong)
