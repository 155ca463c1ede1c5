"""What the end of an analysis leaves in a real database."""

from __future__ import annotations

from sqlalchemy import text

from flext_quality.domain.analyses.analysis import AnalysisState
from flext_quality.domain.findings.finding import Finding, Severity
from flext_quality.domain.issues.issue import IssueCounts
from flext_quality.infrastructure.persistence.engine import Database
from flext_quality.infrastructure.persistence.unit_of_work import SqlUnitOfWorkFactory
from flext_quality.rpc.findings.mapping import ProtobufFindingCodec
from tests.analyzed import SHOP, Shop, found
from tests.fakes import FakeAnalyzer
from tests.integration.persistence.programs import start

DIES_IN_THE_MIDDLE = """
import asyncio, sys
from flext_quality.application.metrics.assess_analysis import AssessAnalysis
from flext_quality.infrastructure.persistence.engine import Database, DatabaseOptions
from flext_quality.infrastructure.persistence.unit_of_work import SqlUnitOfWorkFactory
from flext_quality.rpc.issues.mapping import ProtobufIssueCodec
from tests import analyzed
from tests.fakes import FakeEventSignal

class Dying(AssessAnalysis):
    async def __call__(self, uow, *others):
        assessment = await super().__call__(uow, *others)
        print("written", flush=True)
        sys.stdin.readline()
        return assessment

analyzed.AssessAnalysis = Dying

async def main():
    database = Database(DatabaseOptions(sys.argv[1]))
    uow = SqlUnitOfWorkFactory(database, FakeEventSignal(), ProtobufIssueCodec())
    shop = analyzed.Shop(uow)
    shop.clock.advance(days=1)
    await shop.analyze(analyzed.found(2), analyzed.found(3))

asyncio.run(main())
"""


async def test_a_process_killed_while_it_concludes_has_changed_nothing(
    uow: SqlUnitOfWorkFactory, url: str
) -> None:
    """Issues are as they were, and the analysis is carried out again as if for the first time."""
    shop = await Shop.registered(uow)
    first = await shop.analyze(found(1), found(2))
    before = await shop.issues()
    process = start(DIES_IN_THE_MIDDLE, url)
    assert process.stdout is not None
    assert "written\n" == process.stdout.readline()
    process.kill()
    process.communicate()

    assert before == await shop.issues()
    async with uow() as work:
        (broken,) = await work.analyses.unfinished()
        assert (AnalysisState.RUNNING, None) == (broken.state, broken.results)
        latest = await work.analyses.latest(SHOP, "")
        assert latest is not None
        assert first.name == latest.name
        broken.recover(shop.clock())
        await work.analyses.save(broken)
        await work.commit()
    again = await shop.run(broken.name, FakeAnalyzer("fake", [[found(2), found(3)]]))
    assert again.results is not None
    assert 2 == again.results.sequence
    assert IssueCounts(open=2, new=1, new_code=1, fixed=1, persisting=1) == (
        again.results.issue_counts
    )


def many(count: int, first_line: int = 1) -> list[Finding]:
    """Findings on so many lines."""
    return [
        Finding("fake", "R", Severity.LOW, f"message {n % 100}", "a.py", n)
        for n in range(first_line, first_line + count)
    ]


async def _rows_changed(database: Database) -> int:
    """How often a row was inserted, changed or removed by the process until now."""
    async with database.writing.connect() as connection:
        return int((await connection.execute(text("SELECT total_changes()"))).scalar_one())


async def _rows_of_an_unchanged_analysis(
    shop: Shop, database: Database, findings: list[Finding]
) -> int:
    await shop.analyze(*findings)
    before = await _rows_changed(database)
    analysis = await shop.analyze(*findings)
    assert analysis.results is not None
    assert analysis.results.issue_counts.persisting == len(findings)
    return await _rows_changed(database) - before


async def test_an_unchanged_analysis_writes_as_many_rows_whatever_it_finds(
    uow: SqlUnitOfWorkFactory, database: Database
) -> None:
    """Of 1,000 findings as of 50,000."""
    shop = await Shop.registered(uow, ProtobufFindingCodec())
    few = await _rows_of_an_unchanged_analysis(shop, database, many(1_000))
    lots = await _rows_of_an_unchanged_analysis(shop, database, many(50_000))
    assert few == lots


async def test_all_findings_can_be_read_however_often_nothing_changed(
    uow: SqlUnitOfWorkFactory,
) -> None:
    """Each analysis has them, batch by batch, though the first one alone keeps them."""
    shop = await Shop.registered(uow, ProtobufFindingCodec())
    analyses = [await shop.analyze(*many(2_500)) for _ in range(3)]
    async with uow(read_only=True) as work:
        read = [await work.findings.batches(one.name, limit=100) for one in analyses]
    assert [1000, 1000, 500] == [batch.count for batch in read[0]]
    assert read[0] == read[1] == read[2]
    assert [2_500] * 3 == [one.severity_counts.total for one in analyses]
