"""A SQLite database in a file of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from flext_quality.infrastructure.persistence.engine import Database, DatabaseOptions
from flext_quality.infrastructure.persistence.migrate import upgrade
from flext_quality.infrastructure.persistence.unit_of_work import SqlUnitOfWorkFactory
from flext_quality.rpc.issues.mapping import ProtobufIssueCodec
from tests.contract.storages import sqlite_url
from tests.fakes import FakeEventSignal


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database lies; nothing is there yet."""
    return tmp_path / "quality.db"


@pytest.fixture
def url(path: Path) -> str:
    """The database's URL."""
    return sqlite_url(path)


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    """The database with its tables."""
    await upgrade(url)
    database = Database(DatabaseOptions(url))
    yield database
    await database.close()


@pytest.fixture
def uow(database: Database) -> SqlUnitOfWorkFactory:
    """Makes units of work on the database."""
    return SqlUnitOfWorkFactory(database, FakeEventSignal(), ProtobufIssueCodec())
