"""Which data directory a database belongs to, on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select, text

from flext_quality.infrastructure.persistence import migrate
from flext_quality.infrastructure.persistence.engine import Database, DatabaseOptions
from flext_quality.infrastructure.persistence.ownership import (
    Claim,
    DatabaseTakenError,
    DataDirectory,
)
from flext_quality.infrastructure.persistence.tables import database_owner
from flext_quality.testing.storage import new_database, sqlite_url
from tests.postgres import PostgresProcess
from tests.services import each

(_REVISION,) = (Path(migrate.__file__).parent / "migrations" / "versions").glob(
    "*_database_owner.py"
)
BEFORE = f"{int(_REVISION.name[:4]) - 1:04}"
"""The last revision that knew of no owner."""


@pytest.fixture(params=each(["sqlite", "postgresql"]))
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database that nobody has used yet, and that lies in no data directory."""
    if request.param == "sqlite":
        yield new_database(tmp_path / "quality.db")
        return
    postgres: PostgresProcess = request.getfixturevalue("postgres")
    url = postgres.database()
    yield url
    postgres.drop(url)


def directory(path: Path) -> DataDirectory:
    """The data directory there, as a server's start makes it."""
    path.mkdir(exist_ok=True)
    return DataDirectory.at(path)


async def start(url: str, data_dir: Path, take_over_from: str = "") -> DataDirectory:
    """What a server does with the database at its start; its data directory."""
    own = directory(data_dir)
    await migrate.upgrade(url, Claim.of(url, own, take_over_from))
    return own


async def owner(url: str) -> str:
    """The id of the directory that the database belongs to."""
    database = Database(DatabaseOptions(url))
    async with database.reading.connect() as connection:
        row = (await connection.execute(select(database_owner))).mappings().one()
    await database.close()
    return str(row["directory_id"])


async def execute(url: str, statement: str) -> None:
    """Changes the database."""
    database = Database(DatabaseOptions(url))
    async with database.writing.begin() as connection:
        await connection.execute(text(statement))
    await database.close()


async def test_the_first_server_has_the_database(shared: str, tmp_path: Path) -> None:
    """And so have all others with its data directory, now and later, also where that is moved."""
    first = await start(shared, tmp_path / "a")
    assert first == await start(shared, tmp_path / "a")
    moved = await start(shared, (tmp_path / "a").rename(tmp_path / "moved"))
    assert (first.id, str(tmp_path / "moved")) == (moved.id, moved.path)
    with pytest.raises(DatabaseTakenError) as refused:
        await start(shared, tmp_path / "b")
    assert moved == refused.value.owner


async def test_a_server_with_another_data_directory_is_refused(shared: str, tmp_path: Path) -> None:
    """It is told whose the database is; nothing changes, and the owner goes on."""
    first = await start(shared, tmp_path / "a")
    for _ in range(2):
        with pytest.raises(DatabaseTakenError) as refused:
            await start(shared, tmp_path / "b")
        other = directory(tmp_path / "b")
        told = str(refused.value)
        assert all(part in told for part in (first.id, first.path, first.host))
        assert all(part in told for part in (other.id, other.path))
    assert first.id == await owner(shared)
    await start(shared, tmp_path / "a")


async def test_of_many_that_start_at_once_one_gets_it(shared: str, tmp_path: Path) -> None:
    """The others are refused."""
    outcomes = await asyncio.gather(
        *(start(shared, tmp_path / str(number)) for number in range(5)), return_exceptions=True
    )
    (winner,) = (one for one in outcomes if isinstance(one, DataDirectory))
    assert 4 == sum(isinstance(one, DatabaseTakenError) for one in outcomes)
    assert winner.id == await owner(shared)


async def test_a_database_of_before_goes_to_whoever_starts_first(
    shared: str, tmp_path: Path
) -> None:
    """Of a version that knew of no owner."""
    await migrate.downgrade(shared, BEFORE)
    first = await start(shared, tmp_path / "a")
    assert migrate.head() == await migrate.current(shared)
    assert first.id == await owner(shared)
    with pytest.raises(DatabaseTakenError):
        await start(shared, tmp_path / "b")


async def test_who_is_refused_migrates_nothing(shared: str, tmp_path: Path) -> None:
    """Else the owner's version would not know its database any more."""
    await start(shared, tmp_path / "a")
    await execute(shared, f"UPDATE alembic_version SET version_num = '{BEFORE}'")
    with pytest.raises(DatabaseTakenError):
        await start(shared, tmp_path / "b")
    assert BEFORE == await migrate.current(shared)


async def test_a_database_is_taken_over_from_a_directory_that_is_named(
    shared: str, tmp_path: Path
) -> None:
    """From no other one, and once: the setting may stay without doing anything more."""
    gone = await start(shared, tmp_path / "a")
    with pytest.raises(DatabaseTakenError):
        await start(shared, tmp_path / "b", take_over_from="another")
    new = await start(shared, tmp_path / "b", take_over_from=gone.id)
    assert new.id == await owner(shared)
    assert new == await start(shared, tmp_path / "b", take_over_from=gone.id)
    for data_dir in ("a", "c"):
        with pytest.raises(DatabaseTakenError) as refused:
            await start(shared, tmp_path / data_dir, take_over_from=gone.id * (data_dir == "c"))
        assert new == refused.value.owner


async def test_a_file_in_a_data_directory_belongs_to_it(tmp_path: Path) -> None:
    """A backup that is put into another one, or beside a lost id, is used without further ado."""
    await start(in_directory(tmp_path / "a"), tmp_path / "a")
    directory(tmp_path / "b")
    shutil.copyfile(tmp_path / "a" / "quality.db", tmp_path / "b" / "quality.db")
    copy = await start(in_directory(tmp_path / "b"), tmp_path / "b")
    assert copy.id == await owner(in_directory(tmp_path / "b"))
    (tmp_path / "b" / "id").unlink()
    again = await start(in_directory(tmp_path / "b"), tmp_path / "b")
    assert copy.id != again.id == await owner(in_directory(tmp_path / "b"))


async def test_a_file_in_another_data_directory_is_that_one_s(tmp_path: Path) -> None:
    """Whoever names it by its URL is refused; also the directory itself, if it comes second."""
    await start(in_directory(tmp_path / "a"), tmp_path / "a")
    with pytest.raises(DatabaseTakenError):
        await start(in_directory(tmp_path / "a"), tmp_path / "b")
    await start(in_directory(tmp_path / "c"), tmp_path / "b")
    with pytest.raises(DatabaseTakenError):
        await start(in_directory(tmp_path / "c"), tmp_path / "c")


def in_directory(data_dir: Path) -> str:
    """The URL of the database in a data directory."""
    data_dir.mkdir(exist_ok=True)
    return sqlite_url(data_dir / "quality.db")


def test_processes_that_start_at_once_agree_on_the_id(tmp_path: Path) -> None:
    """Whoever is first makes it; looking for it makes none."""
    assert "" == DataDirectory.seen_at(tmp_path).id
    with ThreadPoolExecutor(8) as pool:
        ids = {one.id for one in pool.map(DataDirectory.at, [tmp_path] * 32)}
    (made,) = ids
    assert made == DataDirectory.seen_at(tmp_path).id
    assert 32 == len(made)
