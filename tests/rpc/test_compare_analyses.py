from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import grpc
import pytest

from flext.quality.v1 import analysis_service_pb2 as pb
from flext_quality.domain.issues.issue import MatchMethod
from tests.conftest import StartServer
from tests.contract.issue_story import Story, finding
from tests.fakes import FakeAnalyzer
from tests.live import LiveServer
from tests.rpc.calls import refused
from tests.rpc.issue_world import ACCEPTED, FIXED, World, decision, numbers

NEW = pb.IssueDifference.ISSUE_DIFFERENCE_NEW
GONE = pb.IssueDifference.ISSUE_DIFFERENCE_FIXED
SAME = pb.IssueDifference.ISSUE_DIFFERENCE_PERSISTING
MOVED = pb.IssueDifference.ISSUE_DIFFERENCE_MOVED


@pytest.fixture
def world(live_server: LiveServer) -> World:
    """Six issues; then two new ones, two fixed, one moved; and a branch that sees four of them."""

    async def happen(story: Story) -> None:
        await story.analyzed([story.issue(n) for n in range(1, 7)])
        moved = [(1, finding("b.py", 3))]
        await story.analyzed([story.issue(n) for n in (7, 8)], moved=moved, gone=[3, 4])
        await story.analyzed(
            [story.issue(n) for n in (1, 3, 8, 9)],
            branch="dev",
            match_method=MatchMethod.SAME_PLACE,
        )

    world = World(live_server)
    world.tell(happen)
    return world


def compare(world: World, base: int, head: int, **fields: Any) -> pb.CompareAnalysesResponse:
    request = pb.CompareAnalysesRequest(
        base_analysis=world.names[base], head_analysis=world.names[head], **fields
    )
    return world.analyses.CompareAnalyses(request)


def counts(answer: pb.CompareAnalysesResponse) -> tuple[int, int, int, int]:
    return answer.new_count, answer.fixed_count, answer.persisting_count, answer.moved_count


def told(answer: pb.CompareAnalysesResponse) -> list[tuple[int, int]]:
    return [(one.difference, numbers([one.issue])[0]) for one in answer.issues]


def test_two_analyses_of_a_branch_are_compared(world: World) -> None:
    """Exact counts, what is new, fixed and moved, and every metric of the two."""
    answer = compare(world, 0, 1)
    assert [answer.base_analysis.name, answer.head_analysis.name] == world.names[:2]
    assert counts(answer) == (2, 2, 3, 1)
    assert told(answer) == [(NEW, 7), (NEW, 8), (GONE, 3), (GONE, 4), (MOVED, 1)]
    moved = answer.issues[-1]
    assert (moved.base_path, moved.base_line) == ("src/app.py", 1)
    assert (moved.issue.finding.path, moved.issue.finding.line) == ("b.py", 3)
    assert answer.issues[2].issue.status == FIXED
    assert [(m.metric, m.base_value, m.head_value) for m in answer.metrics] == [
        ("issues", 1.0, 2.0)
    ]
    assert not answer.next_page_token


def test_any_two_analyses_of_a_project_can_be_compared(world: World) -> None:
    """Across branches, backwards, and one with itself."""
    assert counts(compare(world, 1, 2)) == (2, 4, 1, 1)
    assert counts(compare(world, 1, 0)) == (2, 2, 3, 1)
    assert counts(compare(world, 1, 1)) == (0, 0, 6, 0)
    assert told(compare(world, 1, 1)) == []


def test_what_people_decided_shows_in_a_comparison(world: World) -> None:
    """The issues are as they are today, in the places of then."""
    world.update(1, decision(ACCEPTED))
    assert compare(world, 0, 1).issues[-1].issue.status == ACCEPTED


def test_differences_are_chosen_and_paged(world: World) -> None:
    """Each once, by difference and then by name, with all counts on every page."""
    every = compare(world, 0, 1, differences=[MOVED, SAME, GONE, NEW])
    assert [difference for difference, _ in told(every)] == [1, 1, 2, 2, 3, 3, 3, 4]
    found: list[tuple[int, int]] = []
    token = ""
    while True:
        fields = {"differences": [MOVED, SAME, GONE, NEW], "page_size": 3, "page_token": token}
        page = compare(world, 0, 1, **fields)
        assert counts(page) == (2, 2, 3, 1)
        found += told(page)
        token = page.next_page_token
        if not token:
            break
    assert found == told(every)
    assert told(compare(world, 0, 1, differences=[SAME])) == [(SAME, 2), (SAME, 5), (SAME, 6)]


def test_a_metric_that_one_did_not_measure_is_unset(world: World) -> None:
    """Not measured is not zero."""
    answer = compare(world, 0, 1)
    assert all(m.HasField("base_value") and m.HasField("head_value") for m in answer.metrics)


def test_only_succeeded_analyses_of_one_project_are_compared(
    start_server: StartServer, project_dir: Path
) -> None:
    """Others are refused, each with its reason."""
    slow = FakeAnalyzer("slow", gate=asyncio.Event())
    world = World(start_server(slow, FakeAnalyzer("fake")))

    async def happen(story: Story) -> None:
        await story.analyzed([story.issue(1)])

    world.tell(happen)
    (base,) = world.names
    running = world.start(world.create(project_dir).name, analyzers=["slow"]).name
    unknown = f"projects/shop/analyses/{'0' * 26}"
    refusals = {}
    for one, other, reason, fields in (
        (base, running, "INVALID_FIELD", ("head_analysis",)),
        (running, base, "INVALID_FIELD", ("head_analysis",)),
        (base, unknown, "ANALYSIS_NOT_FOUND", ()),
        (unknown, base, "ANALYSIS_NOT_FOUND", ()),
        (running, running, "ANALYSIS_NOT_FINISHED", ()),
    ):
        with refused() as error:
            world.analyses.CompareAnalyses(
                pb.CompareAnalysesRequest(base_analysis=one, head_analysis=other)
            )
        assert (error.reason, error.fields) == (reason, fields)
        refusals[error.reason] = error.code
    assert refusals["ANALYSIS_NOT_FINISHED"] is grpc.StatusCode.FAILED_PRECONDITION


def test_an_analysis_of_an_older_version_cannot_be_compared(live_server: LiveServer) -> None:
    """It followed no issues, so there is nothing to compare."""

    async def happen(story: Story) -> None:
        await story.analyzed([story.issue(1)])
        old = await story.analyzed()
        old.results = None
        async with story.uow() as work:
            await work.analyses.save(old)
            await work.commit()

    world = World(live_server)
    world.tell(happen)
    with refused() as error:
        compare(world, 1, 0)
    assert (error.code, error.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "DATA_EXPIRED")
