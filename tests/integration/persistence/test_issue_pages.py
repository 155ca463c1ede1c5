"""Pages of issues say what the issues' rows say, whatever happens to these."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import text

from flext_quality.application.ports.issues import BranchChanges, IssueFilter, Moved
from flext_quality.domain.issues.issue import IssueStatus, MatchMethod, Triage
from flext_quality.infrastructure.persistence.engine import Database, DatabaseOptions
from flext_quality.infrastructure.persistence.issues import pages as issue_pages
from flext_quality.infrastructure.persistence.unit_of_work import SqlUnitOfWorkFactory
from flext_quality.rpc.issues.mapping import ProtobufIssueCodec
from tests.contract.issue_story import Story, finding, issue_id
from tests.contract.samples import SHOP
from tests.contract.storages import sqlite_template, sqlite_url
from tests.fakes import FakeEventSignal
from tests.postgres import PostgresProcess
from tests.properties import given, settings, st

_MOST_ISSUES, _MOST_BYTES = 8, 2_000
_PAGES = text(
    "SELECT first_id, last_id, count, length(content) FROM issue_pages WHERE branch = :branch "
    "ORDER BY first_id"
)
_ROWS = text("SELECT count(*) FROM issues WHERE branch = :branch")
_BRANCHES = ("", "dev")


Databases = Callable[[], AbstractContextManager[str]]
"""Makes a new database with tables only; its URL."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def databases(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Databases:
    """Databases of each kind."""
    if request.param == "postgresql":
        process: PostgresProcess = request.getfixturevalue("postgres")
        return lambda: _of_postgresql(process)
    template = sqlite_template(tmp_path_factory.mktemp("template") / "quality.db")
    return lambda: _of_sqlite(template)


@contextmanager
def _of_postgresql(process: PostgresProcess) -> Iterator[str]:
    url = process.database()
    yield url
    process.drop(url)


@contextmanager
def _of_sqlite(template: Path) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "quality.db")
        shutil.copyfile(template, path)
        yield sqlite_url(path)


@given(seed=st.integers(0, 2**32), length=st.integers(1, 12))
@settings(max_examples=30, deadline=None)
def test_an_export_of_all_says_what_the_rows_say(
    databases: Databases, seed: int, length: int
) -> None:
    """After any analyses and decisions, on every branch; and no issue is in two pages or none."""
    with pytest.MonkeyPatch.context() as patch, databases() as url:
        patch.setattr(issue_pages, "MOST_ISSUES", _MOST_ISSUES)
        patch.setattr(issue_pages, "_FEW", _MOST_ISSUES // 2)
        patch.setattr(issue_pages, "MOST_BYTES", _MOST_BYTES)
        asyncio.run(_live_through(url, Random(seed), length))  # no secret


async def _live_through(url: str, random: Random, length: int) -> None:
    database = Database(DatabaseOptions(url))
    try:
        uow = SqlUnitOfWorkFactory(database, FakeEventSignal(), ProtobufIssueCodec())
        story = await Story.begin(uow)
        history = _History(story, random, database)
        for _ in range(length):
            await history.step()
    finally:
        await database.close()


class _History:
    """Random steps, each followed by a look at the export and at the pages."""

    def __init__(self, story: Story, random: Random, database: Database) -> None:
        self._story = story
        self._random = random
        self._database = database
        self._seen: dict[str, set[int]] = {branch: set() for branch in _BRANCHES}
        self._gone: dict[str, set[int]] = {branch: set() for branch in _BRANCHES}

    async def step(self) -> None:
        branch = self._random.choice(_BRANCHES)
        known = sorted(self._seen[branch] | self._gone[branch])
        if known and self._random.random() < 0.4:
            await self._story.decided(*self._some(known), status=IssueStatus.FALSE_POSITIVE)
        else:
            await self._analyze(branch)
            await self._check_pages(branch)
        for each in _BRANCHES:
            await self._check_export(each)

    async def _analyze(self, branch: str) -> None:
        seen, gone = self._seen[branch], self._gone[branch]
        new = set(self._random.sample(range(60), self._random.randrange(1, 30))) - seen - gone
        back = set(self._some(sorted(gone)))
        leaving = set(self._some(sorted(seen)))
        moving = set(self._some(sorted(seen - leaving)))
        issues = [
            self._story.issue(n, message="m" * self._random.choice((1, 50, 2_500)))
            for n in sorted(new | back)
        ]
        moved = [(n, finding(line=self._random.randrange(1, 99))) for n in sorted(moving)]
        await self._story.analyzed(issues, moved=moved, gone=sorted(leaving), branch=branch)
        self._seen[branch] = (seen | new | back) - leaving
        self._gone[branch] = (gone | leaving) - back

    def _some(self, numbers: list[int]) -> list[int]:
        return self._random.sample(numbers, self._random.randrange(len(numbers) // 2 + 1))

    async def _check_export(self, branch: str) -> None:
        everything = IssueFilter(branch)
        # The same issues, for which nobody asks pages.
        by_row = replace(everything, statuses=frozenset(IssueStatus))
        async with self._story.reading() as work:
            exported = [batch.payload async for batch in work.issues.export(SHOP, everything)]
            rows = [batch.payload async for batch in work.issues.export(SHOP, by_row)]
        assert b"".join(rows) == b"".join(exported)

    async def _check_pages(self, branch: str) -> None:
        async with self._database.reading.connect() as connection:
            pages = (await connection.execute(_PAGES, {"branch": branch})).all()
            rows = await connection.scalar(_ROWS, {"branch": branch})
        assert rows == sum(issue_count for _, _, issue_count, _ in pages)
        ends = [end for first, last, *_ in pages for end in (first, last)]
        assert sorted(ends) == ends
        for _, _, issue_count, size in pages:
            assert issue_count == 1 or (issue_count <= _MOST_ISSUES and size <= _MOST_BYTES)


def test_a_decision_while_an_analysis_is_stored_is_lost_as_little_as_the_analysis(
    databases: Databases,
) -> None:
    """Both hold the project: who comes second waits, and then sees what the first one did."""
    with databases() as url:
        asyncio.run(_decide_meanwhile(url))


async def _decide_meanwhile(url: str) -> None:
    database = Database(DatabaseOptions(url))
    uow = SqlUnitOfWorkFactory(database, FakeEventSignal(), ProtobufIssueCodec())
    story = await Story.begin(uow)
    await story.analyzed([story.issue(n) for n in range(3)])
    decision = Triage(IssueStatus.ACCEPTED, "ann", "why not", story.now)

    async def decide() -> None:
        async with uow() as other:
            await other.projects.get(SHOP, for_update=True)
            await other.issues.decide(SHOP, [issue_id(1)], decision)
            await other.commit()

    async with uow() as work:
        await work.projects.get(SHOP, for_update=True)
        moved = Moved(issue_id(1), finding(line=77), MatchMethod.MOVED_IN_FILE, 7)
        await work.tracking.apply(BranchChanges(SHOP, "", 2, [], [moved], []))
        deciding = asyncio.create_task(decide())
        # Time enough for what does not wait to do its harm.
        done, _ = await asyncio.wait({deciding}, timeout=0.3)
        assert not done
        await work.commit()
    await deciding
    async with uow(read_only=True) as work:
        issue = (await work.issues.get_many(SHOP, [issue_id(1)]))[issue_id(1)]
        batches = [batch async for batch in work.issues.export(SHOP, IssueFilter())]
    assert (issue.status, issue.finding.line) == (IssueStatus.ACCEPTED, 77)
    assert issue in ProtobufIssueCodec().decode(b"".join(batch.payload for batch in batches))
    await database.close()
