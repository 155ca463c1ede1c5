"""Bringing a database to the shape that the code needs."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect
from sqlalchemy.exc import OperationalError

from flext_quality.domain.errors import StorageUnavailableError
from flext_quality.domain.identifiers import ProjectName
from flext_quality.infrastructure.persistence import migrate
from flext_quality.infrastructure.persistence.engine import Database, DatabaseOptions
from flext_quality.infrastructure.persistence.migrate import NewerDatabaseError
from flext_quality.infrastructure.persistence.tables import metadata
from flext_quality.infrastructure.persistence.unit_of_work import SqlUnitOfWorkFactory
from flext_quality.rpc.issues.mapping import ProtobufIssueCodec
from flext_quality.testing.storage import sqlite_url
from tests.fakes import RecordingSignal
from tests.integration.persistence.programs import output, race, start
from tests.postgres import PostgresProcess


def _tables(path: Path) -> set[str]:
    connection = sqlite3.connect(path)
    try:
        rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    finally:
        connection.close()
    return {name for (name,) in rows if not name.startswith("sqlite_")}


async def test_a_new_database_gets_all_tables(path: Path, url: str) -> None:
    """The first start needs no preparation, and a second finds nothing to do."""
    assert await migrate.current(url) is None
    await migrate.upgrade(url)
    assert {*metadata.tables, "alembic_version"} == _tables(path)
    assert migrate.head() == await migrate.current(url)
    await migrate.upgrade(url)
    assert migrate.head() == await migrate.current(url)


async def test_every_step_can_be_undone(path: Path, url: str) -> None:
    """Down to nothing and up again."""
    await migrate.upgrade(url)
    await migrate.downgrade(url, "base")
    assert {"alembic_version"} == _tables(path)
    assert await migrate.current(url) is None
    await migrate.upgrade(url)
    assert {*metadata.tables, "alembic_version"} == _tables(path)


async def test_migrations_make_the_tables_that_the_code_expects(database: Database) -> None:
    """Column for column, index for index: whoever changes `tables.py` needs a migration."""
    async with database.reading.connect() as connection:
        assert [] == await connection.run_sync(_differences)


async def test_postgresql_gets_the_same_tables(postgres: PostgresProcess) -> None:
    """And loses them again, step by step."""
    url = postgres.database()
    database = Database(DatabaseOptions(url))
    async with database.reading.connect() as connection:
        assert [] == await connection.run_sync(_differences)
    await migrate.downgrade(url, "base")
    async with database.reading.connect() as connection:
        left = await connection.run_sync(lambda c: inspect(c).get_table_names())
    assert ["alembic_version"] == left
    await migrate.upgrade(url)
    assert migrate.head() == await migrate.current(url)
    await database.close()
    postgres.drop(url)


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, metadata))


def test_the_newest_revision_is_known_without_alembic() -> None:
    """The files' numbers say what Alembic would say, and there is one line of revisions."""
    configuration = Config()
    folder = Path(migrate.__file__).parent / "migrations"
    configuration.set_main_option("script_location", str(folder))
    assert [migrate.head()] == ScriptDirectory.from_config(configuration).get_heads()


async def test_an_up_to_date_database_costs_no_alembic(url: str) -> None:
    """A server's usual start is quick and small."""
    await migrate.upgrade(url)
    code = """
import asyncio, sys
from flext_quality.infrastructure.persistence.migrate import upgrade
asyncio.run(upgrade(sys.argv[1]))
print("alembic" in sys.modules)
"""
    assert "False\n" == output(start(code, url))


async def test_a_database_of_a_newer_version_is_refused(path: Path, url: str) -> None:
    """Instead of being spoilt by code that does not know its shape."""
    await migrate.upgrade(url)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(NewerDatabaseError, match=r"revision 9999.*newest is"):
        await migrate.upgrade(url)


async def test_processes_that_start_at_once_do_not_disturb_each_other(path: Path, url: str) -> None:
    """Several servers on one new database all come up."""
    code = """
import asyncio, sys
from alembic import command
from flext_quality.infrastructure.persistence.migrate import current, upgrade
print("ready", flush=True)
sys.stdin.readline()
asyncio.run(upgrade(sys.argv[1]))
print(asyncio.run(current(sys.argv[1])))
"""
    assert [f"{migrate.head()}\n"] * 3 == race(code, url, processes=3)
    assert {*metadata.tables, "alembic_version"} == _tables(path)


async def test_a_file_that_another_process_has_just_begun_is_waited_for(
    path: Path, url: str
) -> None:
    """SQLite itself would give up at once there, whatever its timeout."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        upgrade = asyncio.create_task(migrate.upgrade(url))
        done, _ = await asyncio.wait({upgrade}, timeout=0.1)
        assert set() == done
        other.execute("ROLLBACK")
        await upgrade
    assert migrate.head() == await migrate.current(url)


async def test_a_migration_that_fails_leaves_nothing_behind(path: Path, url: str) -> None:
    """All steps, or none: it can be tried again once the reason is gone."""
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE requests (in_the_way)")
    connection.close()
    with pytest.raises(OperationalError, match="already exists"):
        await migrate.upgrade(url)
    assert {"requests"} == _tables(path)


async def test_request_ids_of_the_version_before_still_stand_for_their_calls(
    path: Path, url: str
) -> None:
    """In the scope of the call that made what they name, and from now on for as long as new ones."""
    await migrate.upgrade(url)
    await migrate.downgrade(url, "0009")
    made = ("projects/shop", "projects/shop/analyses/1", "projects/shop/notificationChannels/1")
    with closing(sqlite3.connect(path)) as connection:
        for number, name in enumerate(made):
            row = (f"id-{number}", "f", name, "shop")
            connection.execute("INSERT INTO requests VALUES (?, ?, ?, ?)", row)
        connection.commit()
    await migrate.upgrade(url)
    database = Database(DatabaseOptions(url))
    scopes = (
        "CreateProject",
        "StartAnalysis projects/shop",
        "CreateNotificationChannel projects/shop",
    )
    async with SqlUnitOfWorkFactory(database, RecordingSignal(), ProtobufIssueCodec())() as work:
        for number, (scope, name) in enumerate(zip(scopes, made, strict=True)):
            stored = await work.requests.get(scope, f"id-{number}")
            assert stored is not None
            assert ("f", name, ProjectName("shop")) == (
                stored.fingerprint,
                stored.result,
                stored.project,
            )
            assert timedelta(0) <= datetime.now(UTC) - stored.time < timedelta(hours=1)
    await database.close()
    await migrate.downgrade(url, "0009")
    with closing(sqlite3.connect(path)) as connection:
        assert 3 == connection.execute("SELECT count(*) FROM requests").fetchone()[0]


async def test_a_missing_directory_is_a_clear_outcome(tmp_path: Path) -> None:
    """The database is unavailable, not the code broken."""
    with pytest.raises(StorageUnavailableError):
        await migrate.upgrade(sqlite_url(tmp_path / "no" / "quality.db"))
