"""What is left in the tables of what was removed."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, select

from flext_quality.application.analyses.delete_analysis import DeleteAnalysis
from flext_quality.application.finished_analyses import FinishedAnalyses
from flext_quality.application.jobs.apply_retention import ApplyRetention
from flext_quality.application.projects.delete_branch import DeleteBranch
from flext_quality.domain.event import AggregateType
from flext_quality.domain.issues.issue import IssueStatus
from flext_quality.domain.issues.update import IssueValues
from flext_quality.domain.metrics.retention import RetentionPolicy
from flext_quality.domain.projects.events import BranchDeleted
from flext_quality.infrastructure.persistence.engine import Database
from flext_quality.infrastructure.persistence.tables import metadata
from flext_quality.infrastructure.persistence.unit_of_work import SqlUnitOfWorkFactory
from tests.analyzed import CODE, SHOP, Shop, found


async def counts(database: Database) -> Mapping[str, int]:
    """How many rows each table has."""
    async with database.reading.connect() as connection:
        return {
            table.name: await connection.scalar(select(func.count()).select_from(table)) or 0
            for table in metadata.sorted_tables
        }


async def a_main_line(uow: SqlUnitOfWorkFactory) -> Shop:
    """Two analyses, an issue that went and one about which somebody decided."""
    shop = await Shop.registered(uow)
    await shop.analyze(found(1), found(2))
    await shop.analyze(found(1))
    await shop.decide(await shop.issue(1), IssueStatus.ACCEPTED)
    return shop


async def clean(shop: Shop) -> None:
    """Retention removes what no analysis needs any more."""
    await ApplyRetention(shop.uow, RetentionPolicy(), shop.clock)()


async def test_a_deleted_branch_leaves_no_row(
    uow: SqlUnitOfWorkFactory, database: Database
) -> None:
    """But the event that tells it, and what was told of the decisions on it."""
    shop = await a_main_line(uow)
    await clean(shop)
    before = await counts(database)
    shop.code = {"a.py": "import sys\n", "c.py": "other = 1\n"}
    await shop.analyze(found(1), found(3), found(2, path="c.py"), branch="dev")
    await shop.analyze(found(1, message="other words"), found(3), branch="dev")
    await shop.decide(await shop.issue(3, branch="dev"), IssueStatus.FALSE_POSITIVE)
    async with uow() as work:
        about = (await shop.issue(3, branch="dev")).name
        await work.issues.update(about, IssueValues("ann", ("later",)))
        await work.commit()
    between = await counts(database)
    for name in ("issues", "sightings", "decisions", "issue_labels"):
        assert between[name] > before[name]
    await DeleteBranch(uow, FinishedAnalyses(), shop.clock)(SHOP, "dev")
    await clean(shop)
    after = await counts(database)
    assert {**before, "events": 0} == {**after, "events": 0}
    async with uow(read_only=True) as work:
        told = [event for _, event in await work.events.read_all(0, 1000)]
    assert BranchDeleted("dev", 2) == told[-1].payload
    assert not [e for e in told[before["events"] :] if e.aggregate_type is AggregateType.ANALYSIS]


async def test_a_deleted_analysis_leaves_what_histories_tell(
    uow: SqlUnitOfWorkFactory, database: Database
) -> None:
    """When it ended, and its point; nothing else of it."""
    shop = await a_main_line(uow)
    shop.code = {"a.py": "import sys\n"}
    last = await shop.analyze(found(1), found(2))
    shop.code = dict(CODE)
    await shop.analyze(found(1))
    before = await counts(database)
    await DeleteAnalysis(uow, FinishedAnalyses(), shop.clock)(last.name)
    await clean(shop)
    after = await counts(database)
    changed = {name: after[name] - before[name] for name in before if after[name] != before[name]}
    gone = {name: changed.pop(name) for name in ("events", "finding_batches", "file_lines")}
    assert all(count < 0 for count in gone.values())
    assert changed == {"analyses": -1, "removed_analyses": 1, "snapshots": -1}
