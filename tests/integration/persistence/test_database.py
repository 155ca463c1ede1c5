"""How the database behaves under load, and when it is not well."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError, StatementError

from flext_quality.domain.errors import StorageUnavailableError
from flext_quality.infrastructure.persistence.engine import Database, DatabaseOptions
from flext_quality.infrastructure.persistence.unit_of_work import SqlUnitOfWorkFactory
from flext_quality.rpc.issues.mapping import ProtobufIssueCodec
from flext_quality.testing.storage import sqlite_url
from tests.contract.samples import NOON, SHOP, analysis, analysis_name, project, store
from tests.fakes import RecordingSignal
from tests.integration.persistence.programs import output, race, start
from tests.waiting import until

SHORT = 0.5


def _impatient(url: str, readers: int = 2) -> Database:
    return Database(DatabaseOptions(url, pool_size=readers, wait_seconds=SHORT))


async def test_readers_and_a_writer_of_one_file_do_not_wait_for_each_other(
    database: Database,
) -> None:
    """The file is in WAL mode, with integrity checked and no needless flushes."""
    expected = {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1}
    for engine in (database.reading, database.writing):
        async with engine.connect() as connection:
            for name, value in expected.items():
                assert value == await connection.scalar(text(f"PRAGMA {name}"))


async def test_the_log_of_a_large_change_is_cleared_beside_the_writers(
    path: Path, database: Database
) -> None:
    """Into the file, while all connections stay open; and the space that it took is given back."""
    log = path.with_name(f"{path.name}-wal")
    large = 10 * 1024**2
    await _write(database, large)
    assert log.stat().st_size > large

    async def is_short() -> bool:
        await _write(database, 1)
        return log.stat().st_size < large / 2

    await until(is_short)
    assert path.stat().st_size > large  # noqa: ASYNC240  # no time


async def _write(database: Database, size: int) -> None:
    async with database.writing.connect() as connection:
        content = {"content": b"x" * size}
        await connection.execute(text("CREATE TABLE IF NOT EXISTS scratch (content BLOB)"))
        await connection.execute(text("INSERT INTO scratch VALUES (:content)"), content)
        await connection.commit()


async def test_five_hundred_readers_at_once_are_served(uow: SqlUnitOfWorkFactory) -> None:
    """With a few connections, while somebody writes."""
    await store(uow, project(), analysis(1))

    async def read() -> bool:
        async with uow(read_only=True) as work:
            return (await work.analyses.get(analysis_name(1))).is_success

    async def write() -> None:
        for number in range(2, 22):
            await store(uow, analysis(number))

    *found, _ = await asyncio.gather(*(read() for _ in range(500)), write())
    assert [True] * 500 == found


async def test_whoever_waits_too_long_for_a_reader_is_told(url: str, database: Database) -> None:
    """The database is unavailable: the caller may try again."""
    impatient = _impatient(url, readers=1)
    uow = SqlUnitOfWorkFactory(impatient, RecordingSignal(), ProtobufIssueCodec())
    async with uow(read_only=True) as first:
        await first.projects.get(SHOP)
        with pytest.raises(StorageUnavailableError):
            async with uow(read_only=True):
                pytest.fail("there was one connection only")
    async with uow(read_only=True) as again:
        assert not (await again.projects.get(SHOP)).is_success
    await impatient.close()


async def test_whoever_waits_too_long_for_another_process_is_told(
    path: Path, url: str, database: Database
) -> None:
    """Somebody else writes all the time. Reading goes on, and writing does later."""
    impatient = _impatient(url)
    uow = SqlUnitOfWorkFactory(impatient, RecordingSignal(), ProtobufIssueCodec())
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageUnavailableError):
            await store(uow, project())
        async with uow(read_only=True) as reading:
            assert not (await reading.projects.get(SHOP)).is_success
        other.execute("ROLLBACK")
    await store(uow, project())
    await impatient.close()


async def test_a_new_file_that_somebody_holds_for_ever_is_told(path: Path, url: str) -> None:
    """It cannot even be opened."""
    impatient = _impatient(url)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageUnavailableError):
            await store(
                SqlUnitOfWorkFactory(impatient, RecordingSignal(), ProtobufIssueCodec()), project()
            )
    await impatient.close()


async def test_changes_of_two_processes_build_on_each_other(
    uow: SqlUnitOfWorkFactory, url: str
) -> None:
    """Both read before they write, both get their turn, and no change is lost."""
    code = """
import asyncio, sys
from flext_quality.domain.analyses.events import AnalyzerProgressed
from flext_quality.infrastructure.persistence.engine import Database, DatabaseOptions
from flext_quality.infrastructure.persistence.unit_of_work import SqlUnitOfWorkFactory
from flext_quality.rpc.issues.mapping import ProtobufIssueCodec
from tests.contract.samples import NOON, analysis_name
from tests.fakes import RecordingSignal

uow = SqlUnitOfWorkFactory(Database(DatabaseOptions(sys.argv[1])), RecordingSignal(), ProtobufIssueCodec())

async def main():
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(100):
        async with uow() as work:
            changed = (await work.analyses.get(analysis_name(1), for_update=True)).unwrap()
            changed.file_count += 1
            changed.analyzer_progressed(AnalyzerProgressed("ruff", 0, 0), NOON)
            await work.analyses.save(changed)
            await work.commit()

asyncio.run(main())
"""
    await store(uow, project(), analysis(1))
    race(code, url, processes=2)
    async with uow(read_only=True) as work:
        found = (await work.analyses.get(analysis_name(1))).unwrap()
        assert (200, 201) == (found.file_count, found.last_sequence)
        assert await work.events.last_sequence(str(found.name)) == 201


async def test_a_database_that_is_away_is_told(tmp_path: Path) -> None:
    """Its directory is gone, say."""
    database = _impatient(sqlite_url(tmp_path / "gone" / "quality.db"))
    uow = SqlUnitOfWorkFactory(database, RecordingSignal(), ProtobufIssueCodec())
    with pytest.raises(StorageUnavailableError):
        await store(uow, project())
    await database.close()


async def test_a_disk_that_takes_no_more_is_told(path: Path, url: str, database: Database) -> None:
    """Nothing of the change is stored, told or acted on; it works again once there is room."""
    code = """
import asyncio, resource, sys
from flext_quality.domain.errors import StorageUnavailableError
from flext_quality.infrastructure.persistence.engine import Database, DatabaseOptions
from flext_quality.infrastructure.persistence.unit_of_work import SqlUnitOfWorkFactory
from flext_quality.rpc.issues.mapping import ProtobufIssueCodec
from tests.contract.samples import NOON, analysis, analysis_name, project, store
from tests.fakes import RecordingSignal

async def append(uow):
    async with uow() as work:
        work.after_commit(lambda: print("acted"))
        changed = (await work.analyses.get(analysis_name(1), for_update=True)).unwrap()
        changed.start(NOON)
        await work.analyses.save(changed)
        await work.findings.append(analysis_name(1), "ruff", 1, bytes(1_000_000))
        await work.commit()

async def main():
    signal = RecordingSignal()
    uow = SqlUnitOfWorkFactory(Database(DatabaseOptions(sys.argv[1])), signal, ProtobufIssueCodec())
    await store(uow, project(), analysis(1))
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, hard))
    try:
        await append(uow)
    except StorageUnavailableError:
        print("unavailable")
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    await report(uow, signal)
    await append(uow)
    await report(uow, signal)

async def report(uow, signal):
    async with uow(read_only=True) as work:
        batches = await work.findings.batches(analysis_name(1), limit=9)
        print(len(batches), "batches", len(signal.published), "events")

asyncio.run(main())
"""
    assert [
        "unavailable",
        "0 batches 2 events",
        "acted",
        "1 batches 3 events",
    ] == output(start(code, url)).splitlines()


async def test_a_mistake_of_ours_is_not_called_an_outage(url: str) -> None:
    """A database without tables is a bug, which retrying does not mend."""
    database = _impatient(url)
    with pytest.raises(OperationalError, match="no such table"):
        await store(
            SqlUnitOfWorkFactory(database, RecordingSignal(), ProtobufIssueCodec()), project()
        )
    await database.close()


async def test_a_time_without_its_zone_is_refused(uow: SqlUnitOfWorkFactory) -> None:
    """It would be a guess."""
    shop = project()
    shop.updated_at = datetime(2025, 3, 1)  # noqa: DTZ001  # that is the mistake
    with pytest.raises(StatementError, match="without its zone"):
        await store(uow, shop)


async def test_times_are_one_moment_whatever_their_zone(uow: SqlUnitOfWorkFactory) -> None:
    """A time of another zone comes back as the same moment in UTC."""
    shop = project()
    shop.updated_at = NOON.astimezone(timezone(timedelta(hours=-7, minutes=-30)))
    await store(uow, shop)
    async with uow(read_only=True) as work:
        found = (await work.projects.get(SHOP)).unwrap()
    assert NOON == found.updated_at
    assert timedelta(0) == found.updated_at.utcoffset()


@pytest.mark.parametrize(
    "wrong",
    [
        "sqlite+aiosqlite://",
        "sqlite+aiosqlite:///:memory:",
        "sqlite+aiosqlite:///file:x?mode=memory&uri=true",
        "mysql://localhost/x",
    ],
)
def test_a_url_that_cannot_be_served_is_refused_at_the_start(wrong: str) -> None:
    """Before anything is stored in a place that forgets it."""
    with pytest.raises(ValueError, match="SQLite"):
        Database(DatabaseOptions(wrong))


async def test_deleting_does_not_free_numbers_of_events(database: Database) -> None:
    """Who follows all events by their number never sees one number twice."""
    uow = SqlUnitOfWorkFactory(database, RecordingSignal(), ProtobufIssueCodec())
    await store(uow, project(), analysis(1))
    async with database.writing.connect() as connection:
        newest = await connection.scalar(text("SELECT max(id) FROM events"))
        await connection.execute(text("DELETE FROM events"))
        await connection.commit()
    await store(uow, analysis(2))
    async with database.reading.connect() as connection:
        assert newest + 1 == await connection.scalar(text("SELECT max(id) FROM events"))
