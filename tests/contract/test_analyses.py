"""What every `AnalysisRepository` promises."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.analyses.analysis import Analysis, AnalysisResults, AnalysisState
from flext_quality.domain.analyses.revision import Revision
from flext_quality.domain.errors import AnalysisNotFoundError, ToolTimedOutError
from flext_quality.domain.findings.finding import SeverityCounts
from flext_quality.domain.identifiers import AnalysisName, ProjectName
from flext_quality.domain.issues.issue import IssueCounts
from flext_quality.domain.metrics.score import Score
from tests.contract.samples import (
    NOON,
    SHOP,
    analysis,
    analysis_name,
    eventful,
    project,
    store,
)


async def _change(uow: UnitOfWorkFactory, name: AnalysisName, method: str) -> None:
    async with uow() as work:
        changed = (await work.analyses.get(name, for_update=True)).unwrap()
        getattr(changed, method)(NOON)
        await work.analyses.save(changed)
        await work.commit()


@pytest.mark.parametrize("make", [analysis, eventful])
async def test_a_stored_analysis_comes_back_as_it_was(uow: UnitOfWorkFactory, make: type) -> None:
    """Outcomes in their order, failures, durations and times survive storing."""
    stored = make(1)
    await store(uow, project(), stored)
    async with uow(read_only=True) as work:
        found = (await work.analyses.get(stored.name)).unwrap()
    assert found == stored
    assert list(found.outcomes) == list(stored.outcomes)
    assert found.created_at.utcoffset() == timedelta(0)
    assert [] == found.take_events()


async def test_an_unknown_analysis_is_not_found(uow: UnitOfWorkFactory) -> None:
    """Whoever asks for an analysis that is not there learns its name."""
    async with uow(read_only=True) as work:
        error = (await work.analyses.get(analysis_name(1))).error
    assert isinstance(error, AnalysisNotFoundError)
    assert error.analysis == str(analysis_name(1))


async def test_an_analysis_belongs_to_one_project(uow: UnitOfWorkFactory) -> None:
    """Its id under another project's name finds nothing."""
    await store(uow, project(), project("other"), analysis(1))
    async with uow(read_only=True) as work:
        assert not (await work.analyses.get(analysis_name(1, "other"))).is_success


async def test_a_change_is_stored_with_its_events(uow: UnitOfWorkFactory) -> None:
    """After each change the log tells all that has happened until then."""
    waiting = analysis(1)
    await store(uow, project(), waiting, analysis(2))
    await _change(uow, waiting.name, "start")
    async with uow(read_only=True) as work:
        found = (await work.analyses.get(waiting.name)).unwrap()
        untouched = (await work.analyses.get(analysis_name(2))).unwrap()
        assert AnalysisState.RUNNING is found.state
        assert NOON == found.started_at
        assert found.last_sequence == await work.events.last_sequence(str(waiting.name)) == 2
        assert AnalysisState.PENDING is untouched.state


async def test_only_what_was_added_can_be_saved(uow: UnitOfWorkFactory) -> None:
    """A change of something that is not stored is a bug, not a silent nothing."""
    async with uow() as work:
        with pytest.raises(LookupError):
            await work.analyses.save(analysis(1))


async def test_what_is_read_is_a_copy(uow: UnitOfWorkFactory) -> None:
    """Changing an analysis without saving it changes nothing for anybody."""
    await store(uow, project(), analysis(1))
    async with uow() as work:
        (await work.analyses.get(analysis_name(1))).unwrap().start(NOON)
        again = (await work.analyses.get(analysis_name(1))).unwrap()
        assert AnalysisState.PENDING is again.state
        await work.commit()
    async with uow(read_only=True) as work:
        kept = (await work.analyses.get(analysis_name(1))).unwrap()
    assert AnalysisState.PENDING is kept.state


async def test_analyses_are_listed_newest_first(uow: UnitOfWorkFactory) -> None:
    """By id, of one project, a page at a time, of some states if so wanted."""
    await store(uow, project(), project("other"), analysis(9, "other"))
    await store(uow, *[analysis(n) for n in (3, 1, 4, 2)])
    await _change(uow, analysis_name(2), "start")
    await _change(uow, analysis_name(3), "cancel")

    async def listed(limit: int = 10, before: str = "", states: tuple[str, ...] = ()) -> list[int]:
        wanted = [AnalysisState[state] for state in states]
        async with uow(read_only=True) as work:
            found = await work.analyses.list(SHOP, limit=limit, before=before, states=wanted)
        return _numbers(found)

    assert [4, 3, 2, 1] == await listed()
    assert [4, 3] == await listed(limit=2)
    assert [2, 1] == await listed(before=analysis_name(3).analysis_id)
    assert [2] == await listed(limit=1, before=analysis_name(3).analysis_id)
    assert [3, 2] == await listed(states=("RUNNING", "CANCELLED"))
    assert [2] == await listed(states=("RUNNING", "CANCELLED"), before=analysis_name(3).analysis_id)
    assert [] == await listed(states=("FAILED",))


def _numbers(analyses: Sequence[Analysis]) -> list[int]:
    return [int(a.name.analysis_id[4:]) for a in analyses]


async def _of_revisions(uow: UnitOfWorkFactory, *revisions: Revision) -> None:
    """The shop with an analysis of each revision, numbered from 1."""
    await store(uow, project(), project("other"))
    for number, revision in enumerate(revisions, 1):
        one = analysis(number)
        one.revision = revision
        await store(uow, one)
    stranger = analysis(99, "other")
    stranger.revision = Revision(branch="strange", commit="c1", pull_request="7")
    await store(uow, stranger)


async def test_analyses_are_listed_by_what_they_are_of(uow: UnitOfWorkFactory) -> None:
    """A branch, the main line's included, a commit, a pull request, or what is of all three."""
    await _of_revisions(
        uow,
        Revision(commit="c1"),
        Revision(commit="c1", branch="dev", pull_request="7"),
        Revision(commit="c2", branch="dev", pull_request="7"),
        Revision(branch="dev/x"),
        Revision(branch="Dev", pull_request="77"),
    )

    async def listed(**of: Any) -> list[int]:
        async with uow(read_only=True) as work:
            return _numbers(await work.analyses.list(SHOP, limit=9, **of))

    assert [1] == await listed(branch="")
    assert [3, 2] == await listed(branch="dev")
    assert [2, 1] == await listed(commit="c1")
    assert [3, 2] == await listed(pull_request="7")
    assert [2] == await listed(branch="dev", commit="c1", pull_request="7")
    assert [] == await listed(branch="", commit="c2")
    async with uow(read_only=True) as work:
        assert [2] == _numbers(await work.analyses.oldest(SHOP, "dev", limit=1))
        assert [2, 3] == _numbers(await work.analyses.oldest(SHOP, "dev", limit=3))
        counts = [await work.analyses.count(SHOP, branch) for branch in ("", "dev", "no")]
    assert [1, 2, 0] == counts


async def test_branches_are_those_of_the_analyses(uow: UnitOfWorkFactory) -> None:
    """By name, the main line first, each with its first and newest analysis; a page at a time."""
    branches = ("dev", "", "dev", "Dev", "dev")
    await _of_revisions(uow, *(Revision(branch=branch) for branch in branches))
    async with uow(read_only=True) as work:
        found = await work.analyses.branches(SHOP, limit=9)
        assert found[:2] == await work.analyses.branches(SHOP, limit=2)
        assert found[1:2] == await work.analyses.branches(SHOP, limit=1, after="")
        assert [] == await work.analyses.branches(SHOP, limit=2, after="dev")
        assert [] == await work.analyses.branches(ProjectName("none"), limit=2)
    assert [("", 1, 2, 2), ("Dev", 1, 4, 4), ("dev", 3, 1, 5)] == [
        (
            branch.name,
            branch.analysis_count,
            (branch.created_at - NOON) // timedelta(minutes=1),
            int(branch.latest.analysis_id[4:]),
        )
        for branch in found
    ]
    assert found[2].updated_at == NOON + timedelta(minutes=5)


async def test_the_only_branch_is_known(uow: UnitOfWorkFactory) -> None:
    """As long as there is one; other projects' branches make no difference."""
    await _of_revisions(uow, Revision(branch="dev"), Revision(branch="dev"))
    async with uow(read_only=True) as work:
        assert await work.analyses.only_branch(SHOP) == "dev"
        assert await work.analyses.only_branch(ProjectName("none")) is None
    await store(uow, analysis(3))
    async with uow(read_only=True) as work:
        assert await work.analyses.only_branch(SHOP) is None


async def test_a_deleted_analysis_is_gone_with_its_events(uow: UnitOfWorkFactory) -> None:
    """Its neighbours are not, whatever their names begin with."""
    await store(uow, project(), eventful(1), eventful(11), eventful(2))
    async with uow() as work:
        await work.analyses.delete((await work.analyses.get(analysis_name(1))).unwrap())
        await work.commit()
    async with uow(read_only=True) as work:
        assert isinstance((await work.analyses.get(analysis_name(1))).error, AnalysisNotFoundError)
        assert [11, 2] == _numbers(await work.analyses.list(SHOP, limit=9))
        for number, left in ((1, False), (11, True), (2, True)):
            events = await work.events.read(str(analysis_name(number)), after=0, limit=1)
            assert left is bool(events)


async def test_what_has_not_ended_is_known_across_projects(uow: UnitOfWorkFactory) -> None:
    """A server that starts finds all that wait or run, oldest first."""
    await store(uow, project(), project("other"))
    await store(uow, analysis(3), analysis(1, "other"), analysis(2), analysis(4), eventful(5))
    await _change(uow, analysis_name(2), "start")
    await _change(uow, analysis_name(4), "cancel")
    async with uow(read_only=True) as work:
        found = await work.analyses.unfinished()
    expected = [analysis_name(1, "other"), analysis_name(2), analysis_name(3)]
    assert expected == [a.name for a in found]


async def test_the_queue_is_one_for_all_projects(uow: UnitOfWorkFactory) -> None:
    """Those that wait have places from 1, the oldest first; the others have none."""
    await store(uow, project(), project("other"))
    async with uow(read_only=True) as work:
        assert await work.analyses.pending_count() == 0
    await store(uow, analysis(3), analysis(1, "other"), analysis(2), analysis(4))
    await _change(uow, analysis_name(2), "start")

    async with uow(read_only=True) as work:
        assert await work.analyses.pending_count() == 3
        assert await work.analyses.running_count() == 1
        assert await work.analyses.queue_position(analysis_name(1, "other")) == 1
        assert await work.analyses.queue_position(analysis_name(3)) == 2
        assert await work.analyses.queue_position(analysis_name(4)) == 3
        assert await work.analyses.queue_position(analysis_name(2)) == 0
        assert await work.analyses.queue_position(analysis_name(5)) == 0


async def test_the_trace_of_the_call_is_kept(uow: UnitOfWorkFactory) -> None:
    """Whoever carries the analysis out, the trace goes on; most analyses have none."""
    await store(uow, project())
    context = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    name = analysis_name(1)
    traced = Analysis.queue(name, ["ruff"], "instance-1", NOON, trace_context=context)
    await store(uow, traced, analysis(2))
    await _change(uow, name, "start")
    async with uow(read_only=True) as work:
        assert context == (await work.analyses.get(name)).unwrap().trace_context
        assert "" == (await work.analyses.get(analysis_name(2))).unwrap().trace_context


async def test_a_wish_to_cancel_is_seen(uow: UnitOfWorkFactory) -> None:
    """An analysis is to end if a client said so, or if it is gone."""
    await store(uow, project(), analysis(1), analysis(2))
    await _change(uow, analysis_name(1), "start")
    await _change(uow, analysis_name(1), "request_cancel")
    async with uow(read_only=True) as work:
        assert await work.analyses.cancel_requested(analysis_name(1)) is True
        assert await work.analyses.cancel_requested(analysis_name(2)) is False
        assert await work.analyses.cancel_requested(analysis_name(3)) is True


async def _concluded(
    uow: UnitOfWorkFactory, number: int, sequence: int, branch: str = "", project: str = "shop"
) -> None:
    """An analysis with this number on its branch, in which ruff succeeded and bandit did so if even."""
    one = analysis(number, project)
    one.revision = Revision(branch=branch)
    one.start(NOON)
    one.analyzer_succeeded("ruff", NOON)
    if number % 2:
        one.analyzer_failed("bandit", ToolTimedOutError("bandit", 1), NOON)
    else:
        one.analyzer_succeeded("bandit", NOON)
    known = AnalysisResults(sequence, None, IssueCounts(), Score(), None, {}, {})
    one.record_results(known, SeverityCounts(), NOON)
    one.finish(NOON + timedelta(hours=number))
    await store(uow, one)


async def test_a_branch_s_analyses_are_found_by_their_numbers(uow: UnitOfWorkFactory) -> None:
    """Those that made something known, whatever the order of their ids."""
    await store(uow, project(), project("other"), eventful(8), analysis(9))
    for number, sequence, branch in (
        (1, 1, ""),
        (3, 2, ""),
        (2, 3, ""),
        (4, 1, "dev"),
        (5, 2, "b"),
    ):
        await _concluded(uow, number, sequence, branch)
    await _concluded(uow, 7, 9, project="other")

    async with uow(read_only=True) as work:
        analyses = work.analyses

        async def names(*found: Awaitable[Analysis | None]) -> list[int | None]:
            all_of_them = [await one for one in found]
            return [int(one.name.analysis_id[4:]) if one else None for one in all_of_them]

        assert [2, 4, None] == await names(
            analyses.latest(SHOP, ""), analyses.latest(SHOP, "dev"), analyses.latest(SHOP, "no")
        )
        assert [None, 1, 3, 2, None, 4] == await names(
            *(analyses.last_below(SHOP, "", n) for n in (1, 2, 3, 9)),
            *(analyses.last_below(SHOP, "dev", n) for n in (1, 2)),
        )
        assert [None] == await names(analyses.next_detailed(SHOP, "", 0))
        assert [5] == _numbers(await analyses.latest_of_branches(SHOP, ["b", "none"]))
        assert [2, 4] == _numbers(await analyses.latest_of_branches(SHOP, ["dev", ""]))
        # They ended as many hours after noon as their ids say.
        before = [NOON + timedelta(hours=hours) for hours in (0, 1, 2.5, 9)]
        assert [None, 1, 2, 2] == await names(
            *(analyses.newest_before(SHOP, "", time) for time in before)
        )
        assert [2, 2, None, None, 4] == await names(
            analyses.last_success(SHOP, "", "ruff"),
            analyses.last_success(SHOP, "", "bandit"),
            analyses.last_success(SHOP, "", "mypy"),
            analyses.last_success(SHOP, "b", "bandit"),
            analyses.last_success(SHOP, "dev", "bandit"),
        )
        latest = await analyses.latest_of_branches(SHOP)
    assert [("", 2), ("b", 5), ("dev", 4)] == [
        (one.branch, int(one.name.analysis_id[4:])) for one in latest
    ]


async def test_an_analyzer_that_failed_later_has_its_success_earlier(
    uow: UnitOfWorkFactory,
) -> None:
    """The latest analysis in which it succeeded is not the branch's latest."""
    await store(uow, project())
    for number in (1, 2, 3):
        await _concluded(uow, number, number)
    async with uow(read_only=True) as work:
        found = await work.analyses.last_success(SHOP, "", "bandit")
    assert found is not None
    assert analysis_name(2) == found.name
