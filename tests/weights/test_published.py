"""`pull` of what installed plugins publish at an address: by its id, checked, and for its task."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gantool import plugins
from gantool.errors import UsageError, WeightError
from gantool.plugins import PluginReport, Status
from gantool.task import AnyTask, KnownWeight, Task
from gantool.weights import store
from gantool.weights.catalogue import catalogue
from gantool.weights.exchange import Wish
from gantool.weights.folders import user_folder
from gantool.weights.pull import pull_weight
from gantool.weights.remote import understand

from .serving import Site
from .test_travel import NONE, site, weight

__all__ = ["site"]


@pytest.fixture
def published(site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> KnownWeight:
    """A weight that an installed plugin publishes on the site."""
    _, content, digest = weight(tmp_path)
    site.files["/v1/large.safetensors"] = content
    known = KnownWeight(
        "toy-plain", "large", "MIT", url=f"{site.address}/v1/large.safetensors", sha256=digest.upper()
    )
    publish(monkeypatch, known)
    return known


def publish(monkeypatch: pytest.MonkeyPatch, *known: KnownWeight) -> AnyTask:
    task: AnyTask = Task("toy", "A toy.", known_weights=known)
    broken = PluginReport("hapless", "d", "1", "m", Status.BROKEN, reason="no luck")
    report = PluginReport("toy", "gantool-toy", "1", "m", Status.OK, task=task)
    monkeypatch.setattr(plugins, "survey", lambda: (broken, report))
    return task


def test_what_a_plugin_publishes_is_pulled_by_its_id(
    site: Site, published: KnownWeight, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = publish(monkeypatch, published)
    with pytest.raises(WeightError, match="get it by `gantool weights pull toy-plain`"):
        store.load(published.id, task)
    assert site.ranges == []
    assert pull_weight(published.id, None, Wish()).path == user_folder() / "toy-plain.safetensors"
    assert store.load(published.id, task).sha256 == published.sha256.lower()
    known = catalogue()[-1]
    assert (known.name, known.task, known.licence, known.published) == ("toy-plain", "toy", "MIT", True)


def test_it_is_imported_under_the_id_that_its_task_looks_for(
    site: Site, published: KnownWeight, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = publish(monkeypatch, replace(published, id="toy-large"))
    assert pull_weight("toy-large", None, Wish()).card.parent == "toy-plain"
    assert store.load("toy-large", task).id == "toy-large"


def test_another_file_than_the_plugin_says_is_refused(
    site: Site, published: KnownWeight, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(monkeypatch, replace(published, sha256=NONE))
    with pytest.raises(WeightError, match=r"is not the file with sha256 0000"):
        pull_weight(published.id, None, Wish())
    assert not user_folder().exists()


def test_what_is_published_for_another_task_is_refused(
    site: Site, published: KnownWeight, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = plugins.survey()[1]
    monkeypatch.setattr(plugins, "survey", lambda: (replace(report, name="other"),))
    with pytest.raises(WeightError, match="made for task 'toy', not 'other'"):
        pull_weight(published.id, None, Wish())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sha256": ""}, "add --sha256"),
        ({"url": "toy-plain"}, "is no address of a file"),
        ({"url": "file:///etc/x.safetensors"}, "is no address of a file"),
        ({"url": "https://a.b/net.pth"}, "keep it as it is by -o FILE"),
    ],
)
def test_what_a_plugin_publishes_badly_is_a_line_before_anything_is_fetched(
    site: Site, published: KnownWeight, monkeypatch: pytest.MonkeyPatch, change: dict[str, str], words: str
) -> None:
    publish(monkeypatch, replace(published, **change))
    with pytest.raises(UsageError, match=words):
        pull_weight(published.id, None, Wish())
    assert site.ranges == []


def test_no_plugin_takes_a_name_of_the_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    first = catalogue()[0]
    publish(monkeypatch, KnownWeight(first.name, "s", "MIT", url="https://a.b/x.safetensors", sha256=NONE))
    assert understand(first.name, None).url == first.url
