"""The storages and signals that have to keep the ports' promises. Another one is another entry here."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sqlalchemy.exc import IntegrityError

from flext_quality.application.ports import EventSignal, FileResultCache, UnitOfWorkFactory
from flext_quality.infrastructure.events.in_process_signal import InProcessSignal
from flext_quality.infrastructure.persistence.engine import Database, DatabaseOptions
from flext_quality.infrastructure.persistence.file_result_cache import SqlFileResultCache
from flext_quality.infrastructure.persistence.migrate import upgrade
from flext_quality.infrastructure.persistence.unit_of_work import SqlUnitOfWorkFactory
from flext_quality.rpc.issue_mapping import ProtobufIssueCodec
from tests.fakes import (
    ConflictError,
    FakeClock,
    FakeEventSignal,
    FakeFileResultCache,
    FakeStorage,
)


@dataclass(frozen=True)
class Storage:
    """A storage under test. `conflict` is what it raises when a sequence is stored twice."""

    uow: UnitOfWorkFactory
    cache: FileResultCache
    signal: FakeEventSignal
    conflict: type[Exception]


def sqlite_url(path: Path) -> str:
    """The URL of a database file."""
    return f"sqlite+aiosqlite:///{path}"


def sqlite_template(path: Path) -> Path:
    """An empty database with all tables, to be copied: quicker than migrating for each test."""
    asyncio.run(upgrade(sqlite_url(path)))
    return path


@asynccontextmanager
async def fake(_: Path, __: Path) -> AsyncIterator[Storage]:
    """In memory."""
    signal = FakeEventSignal()
    yield Storage(FakeStorage(signal), FakeFileResultCache(), signal, ConflictError)


@asynccontextmanager
async def sqlite(directory: Path, template: Path) -> AsyncIterator[Storage]:
    """SQLite in a file of its own."""
    path = directory / "quality.db"
    shutil.copyfile(template, path)
    database = Database(DatabaseOptions(sqlite_url(path)))
    signal = FakeEventSignal()
    yield Storage(
        SqlUnitOfWorkFactory(database, signal, ProtobufIssueCodec()),
        SqlFileResultCache(database, FakeClock()),
        signal,
        IntegrityError,
    )
    await database.close()


STORAGES: dict[str, Callable[[Path, Path], AbstractAsyncContextManager[Storage]]] = {
    "fake": fake,
    "sqlite": sqlite,
}


class ClosableSignal(EventSignal, Protocol):
    """A signal as its owner sees it."""

    def close(self) -> None:
        """Nothing will be published any more."""


SIGNALS: dict[str, Callable[[], ClosableSignal]] = {
    "fake": FakeEventSignal,
    "in_process": InProcessSignal,
}
