from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

from flext_quality.application.finished_analyses import FinishedAnalyses
from flext_quality.application.issues.decide_issues import DecideIssues
from flext_quality.application.jobs.expire_decisions import ExpireDecisions
from flext_quality.application.metrics.assess_analysis import AssessAnalysis
from flext_quality.application.metrics.reassess import Reassess
from flext_quality.container.analyzers import built_in_profiles
from flext_quality.infrastructure.persistence.engine import Database, DatabaseOptions
from flext_quality.infrastructure.persistence.migrate import upgrade
from flext_quality.infrastructure.persistence.unit_of_work import SqlUnitOfWorkFactory
from flext_quality.rpc.issues.mapping import ProtobufIssueCodec
from tests.contract.issue_story import Story, issue_name
from tests.contract.samples import SHOP
from tests.contract.storages import sqlite_url
from tests.fakes import FakeClock, FakeEventSignal


async def test_several_servers_expire_each_decision_once(tmp_path: Path) -> None:
    """Each has its own connections, as in processes of their own."""
    url = sqlite_url(tmp_path / "quality.db")
    await upgrade(url)
    databases = [Database(DatabaseOptions(url)) for _ in range(3)]
    factories = [
        SqlUnitOfWorkFactory(database, FakeEventSignal(), ProtobufIssueCodec())
        for database in databases
    ]
    story = await Story.begin(factories[0])
    await story.analyzed([story.issue(n) for n in range(1_200)])
    await story.decided(*range(1_200), expires_at=story.now + timedelta(hours=1))
    clock = FakeClock(story.now + timedelta(days=1))
    reassess = Reassess(AssessAnalysis(clock, built_in_profiles()), FinishedAnalyses(), clock)
    jobs = [ExpireDecisions(uow, DecideIssues(reassess), clock) for uow in factories]
    counts = await asyncio.gather(*(job() for job in jobs))
    assert sum(counts) == 1_200
    async with story.reading() as work:
        for number in (0, 600, 1_199):
            changes = (await work.issues.history(issue_name(number))).unwrap()
            assert ["ann", ""] == [c.triage.author for c in changes if c.triage]
        events = await work.events.read(str(SHOP), after=0, limit=99)
        assert [e.sequence for e in events] == list(range(1, len(events) + 1))
        assert [] == await work.issues.projects_with_expired(clock.now)
    for database in databases:
        await database.close()
