"""What every `AnalysisRepository` promises."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import timedelta

import pytest

from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.analyses.analysis import Analysis, AnalysisResults, AnalysisState
from flext_quality.domain.errors import AnalysisNotFoundError, ToolTimedOutError
from flext_quality.domain.findings.finding import SeverityCounts
from flext_quality.domain.identifiers import AnalysisName
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
        return [int(a.name.analysis_id[4:]) for a in found]

    assert [4, 3, 2, 1] == await listed()
    assert [4, 3] == await listed(limit=2)
    assert [2, 1] == await listed(before=analysis_name(3).analysis_id)
    assert [2] == await listed(limit=1, before=analysis_name(3).analysis_id)
    assert [3, 2] == await listed(states=("RUNNING", "CANCELLED"))
    assert [2] == await listed(states=("RUNNING", "CANCELLED"), before=analysis_name(3).analysis_id)
    assert [] == await listed(states=("FAILED",))


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
    one.branch = branch
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
        assert [1, 3, 2, None, None] == await names(
            *(analyses.by_sequence(SHOP, "", n) for n in (1, 2, 3, 4)),
            analyses.by_sequence(SHOP, "dev", 2),
        )
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
