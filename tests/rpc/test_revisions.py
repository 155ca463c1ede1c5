"""Which state of the code an analysis is of, over a real channel."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from flext.quality.v1 import analysis_service_pb2 as pb
from flext.quality.v1 import event_service_pb2
from flext.quality.v1.revision_pb2 import Revision
from tests.rpc.calls import Calls, refused

WRITTEN = Timestamp()
WRITTEN.FromDatetime(datetime(2025, 3, 1, 12, 30, 0, 123_456, tzinfo=UTC))
REVISION = Revision(
    commit="4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    branch="feature/ünï",
    base_branch="main",
    base_commit="1" * 40,
    pull_request="128",
    build_url="https://ci.example/builds/7?x=%20#log",
    author_time=WRITTEN,
    labels={"ci.job": "lint \U0001f40d", "empty": ""},
)


def changed(**fields: Any) -> Revision:
    """The revision with another value."""
    revision = Revision()
    revision.CopyFrom(REVISION)
    for name, value in fields.items():
        revision.ClearField(name)
        revision.MergeFrom(Revision(**{name: value}))
    return revision


def test_a_revision_comes_back_as_it_was_sent(calls: Calls, project_dir: Path) -> None:
    """By every call, and by the events; without one the analysis is of the main line."""
    project = calls.create(project_dir).name
    started = calls.start(project, revision=REVISION)
    ended = calls.watch(started.name)[-1].analysis_finished.analysis
    assert REVISION == started.revision == ended.revision == calls.get(started.name).revision
    request = event_service_pb2.WatchEventsRequest(parent=project, after_cursor=0, until_now=True)
    told = [
        response.quality_event.analysis_event.analysis_finished.analysis
        for response in calls.events.WatchEvents(request)
        if response.quality_event.analysis_event.HasField("analysis_finished")
    ]
    assert [REVISION] == [analysis.revision for analysis in told]
    bare = calls.start(project)
    assert bare.HasField("revision")
    assert Revision() == bare.revision == calls.get(bare.name).revision


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("build_url", "javascript:alert(1)"),
        ("build_url", "file:///etc/passwd"),
        ("build_url", "http://"),
        ("build_url", "http://[::1"),
        ("build_url", "https://ci.example/\x1b[2J"),
        ("build_url", f"https://ci.example/{'x' * 2_030}"),
        ("branch", "a\0b"),
        ("branch", "x" * 201),
        ("commit", "1" * 65),
        ("pull_request", "1\n2"),
        ("author_time", Timestamp(seconds=2**40)),
        ("labels", {"": "unnamed"}),
        ("labels", {"x" * 64: ""}),
        ("labels", {str(number): "" for number in range(65)}),
    ],
)
def test_what_is_wrong_about_a_revision_is_told(
    calls: Calls, project_dir: Path, field: str, value: Any
) -> None:
    """By its field; nothing is started."""
    project = calls.create(project_dir).name
    with refused() as error:
        calls.start(project, revision=changed(**{field: value}))
    assert error.reason == "INVALID_FIELD"
    assert [f"revision.{field}"] == [name.partition("[")[0] for name in error.fields]
    assert not calls.analyses.ListAnalyses(pb.ListAnalysesRequest(parent=project)).analyses


def test_another_revision_is_another_request(calls: Calls, project_dir: Path) -> None:
    """Under the same request id it is refused, whatever differs."""
    project = calls.create(project_dir).name
    first = calls.start(project, revision=REVISION, request_id="one")
    again = calls.start(project, revision=changed(), request_id="one")
    assert again.name == first.name
    for field, value in (
        ("commit", "c"),
        ("branch", ""),
        ("base_branch", "next"),
        ("base_commit", ""),
        ("pull_request", "129"),
        ("build_url", ""),
        ("author_time", Timestamp(seconds=1)),
        ("labels", {"ci.job": "lint"}),
    ):
        with refused() as error:
            calls.start(project, revision=changed(**{field: value}), request_id="one")
        assert error.reason == "REQUEST_ID_REUSED"


def test_analyses_are_listed_by_revision(calls: Calls, project_dir: Path) -> None:
    """By branch, the main line's included, by commit, by pull request; and page by page."""
    project = calls.create(project_dir).name
    revisions = {
        "main": Revision(commit="c1"),
        "first": Revision(commit="c1", branch="dev", pull_request="7"),
        "second": Revision(commit="c2", branch="dev", pull_request="7"),
    }
    names = {
        calls.start(project, revision=revision).name: which for which, revision in revisions.items()
    }

    def listed(**fields: Any) -> list[str]:
        request = pb.ListAnalysesRequest(parent=project, page_size=1, **fields)
        found: list[str] = []
        while True:
            page = calls.analyses.ListAnalyses(request)
            found += [names[analysis.name] for analysis in page.analyses]
            request.page_token = page.next_page_token
            if not page.next_page_token:
                return found

    assert ["second", "first", "main"] == listed()
    assert ["main"] == listed(branch="")
    assert ["second", "first"] == listed(branch="dev")
    assert ["first", "main"] == listed(commit="c1")
    assert ["second", "first"] == listed(pull_request="7")
    assert ["first"] == listed(branch="dev", commit="c1", pull_request="7")
    assert [] == listed(branch="none")
