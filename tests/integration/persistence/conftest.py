"""A SQLite database in a file of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from flext_quality.infrastructure.persistence.engine import Database, DatabaseOptions
from flext_quality.infrastructure.persistence.unit_of_work import SqlUnitOfWorkFactory
from flext_quality.rpc.issues.mapping import ProtobufIssueCodec
from flext_quality.testing.storage import new_database, sqlite_url
from tests.fakes import RecordingSignal


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database lies; nothing is there yet."""
    return tmp_path / "quality.db"


@pytest.fixture
def url(path: Path) -> str:
    """The database's URL."""
    return sqlite_url(path)


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    """The database with its tables."""
    database = Database(DatabaseOptions(new_database(path)))
    yield database
    await database.close()


@pytest.fixture
def uow(database: Database) -> SqlUnitOfWorkFactory:
    """Makes units of work on the database."""
    return SqlUnitOfWorkFactory(database, RecordingSignal(), ProtobufIssueCodec())
