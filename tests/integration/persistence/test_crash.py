"""What a process that is killed leaves behind."""

from __future__ import annotations

from flext_quality.domain.analyses.analysis import AnalysisState
from flext_quality.infrastructure.persistence.unit_of_work import SqlUnitOfWorkFactory
from tests.contract.samples import NOON, analysis, analysis_name, project, store
from tests.integration.persistence.programs import start

ONE = analysis_name(1)

PRELUDE = """
import asyncio, sys
from flext_quality.domain.analyses.events import AnalyzerProgressed
from flext_quality.infrastructure.persistence.engine import Database, DatabaseOptions
from flext_quality.infrastructure.persistence.unit_of_work import SqlUnitOfWorkFactory
from flext_quality.rpc.issues.mapping import ProtobufIssueCodec
from tests.contract.samples import NOON, analysis_name
from tests.fakes import FakeEventSignal

ONE = analysis_name(1)
uow = SqlUnitOfWorkFactory(Database(DatabaseOptions(sys.argv[1])), FakeEventSignal(), ProtobufIssueCodec())
"""

DIES_IN_THE_MIDDLE = """
async def main():
    async with uow() as work:
        changed = (await work.analyses.get(ONE, for_update=True)).unwrap()
        changed.start(NOON)
        await work.analyses.save(changed)
        await work.findings.append(ONE, "ruff", 1, bytes(20_000_000))
        print("written", flush=True)
        sys.stdin.readline()

asyncio.run(main())
"""

WRITES_ALL_THE_TIME = """
async def main():
    while True:
        async with uow() as work:
            changed = (await work.analyses.get(ONE, for_update=True)).unwrap()
            changed.file_count += 1
            changed.analyzer_progressed(AnalyzerProgressed("ruff", changed.file_count, 0), NOON)
            await work.findings.append(ONE, "ruff", 1, bytes(100_000))
            await work.analyses.save(changed)
            await work.commit()
        print(changed.file_count, flush=True)

asyncio.run(main())
"""


async def test_a_process_killed_in_a_transaction_has_changed_nothing(
    uow: SqlUnitOfWorkFactory, url: str
) -> None:
    """The next one finds what was there before, and can write at once."""
    await store(uow, project(), analysis(1))
    process = start(PRELUDE + DIES_IN_THE_MIDDLE, url)
    assert process.stdout is not None
    assert "written\n" == process.stdout.readline()
    process.kill()
    process.communicate()

    async with uow() as work:
        found = (await work.analyses.get(ONE, for_update=True)).unwrap()
        assert analysis(1) == found
        assert AnalysisState.PENDING is found.state
        assert await work.events.last_sequence(str(ONE)) == 1
        assert [] == await work.findings.batches(ONE, limit=1)
        found.start(NOON)
        await work.analyses.save(found)
        await work.commit()


async def test_a_process_killed_at_any_moment_leaves_whole_changes(
    uow: SqlUnitOfWorkFactory, url: str
) -> None:
    """An analysis, its events and its findings fit each other; what was committed is there."""
    await store(uow, project(), analysis(1))
    process = start(PRELUDE + WRITES_ALL_THE_TIME, url)
    assert process.stdout is not None
    told = [int(process.stdout.readline()) for _ in range(25)]
    process.kill()
    process.communicate()

    async with uow(read_only=True) as work:
        found = (await work.analyses.get(ONE)).unwrap()
        events = await work.events.read(str(ONE), after=0, limit=10_000)
        batches = await work.findings.batches(ONE, limit=10_000)
    assert found.file_count >= told[-1]
    assert list(range(1, found.last_sequence + 1)) == [event.sequence for event in events]
    assert found.file_count == len(batches) == len(events) - 1
