"""The storages and signals that have to keep the ports' promises. Another one is another entry here."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy.exc import IntegrityError

from flext_quality.application.ports.analyzers import FileResultCache
from flext_quality.application.ports.cache import Cache
from flext_quality.application.ports.signals import EventSignal
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.infrastructure.cache.memory import CacheCounts, MemoryCache
from flext_quality.infrastructure.cache.redis import RedisCache
from flext_quality.infrastructure.events.in_process_signal import InProcessSignal
from flext_quality.infrastructure.events.redis_signal import RedisSignal
from flext_quality.infrastructure.persistence.engine import Database, DatabaseOptions
from flext_quality.infrastructure.persistence.findings.file_result_cache import SqlFileResultCache
from flext_quality.infrastructure.persistence.unit_of_work import SqlUnitOfWorkFactory
from flext_quality.rpc.issues.mapping import ProtobufIssueCodec
from tests.fakes import (
    ConflictError,
    FakeClock,
    FakeEventSignal,
    FakeFileResultCache,
    FakeStorage,
)
from tests.migrating import migrate
from tests.postgres import PostgresProcess
from tests.valkey import Valkey

Fixture = Callable[[str], Any]
"""Pytest's fixtures by name: what a storage does not need is not made for it."""


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
    migrate(sqlite_url(path))
    return path


@asynccontextmanager
async def fake(_: Path, __: Fixture) -> AsyncIterator[Storage]:
    """In memory."""
    signal = FakeEventSignal()
    yield Storage(FakeStorage(signal), FakeFileResultCache(), signal, ConflictError)


@asynccontextmanager
async def sqlite(directory: Path, fixture: Fixture) -> AsyncIterator[Storage]:
    """SQLite in a file of its own."""
    template: Path = fixture("template")
    path = directory / "quality.db"
    shutil.copyfile(template, path)
    async with _sql(sqlite_url(path)) as storage:
        yield storage


@asynccontextmanager
async def postgresql(_: Path, fixture: Fixture) -> AsyncIterator[Storage]:
    """PostgreSQL with a database of its own."""
    process: PostgresProcess = fixture("postgres")
    url = await asyncio.to_thread(process.database)
    async with _sql(url) as storage:
        yield storage
    await asyncio.to_thread(process.drop, url)


@asynccontextmanager
async def _sql(url: str) -> AsyncIterator[Storage]:
    database = Database(DatabaseOptions(url))
    signal = FakeEventSignal()
    yield Storage(
        SqlUnitOfWorkFactory(database, signal, ProtobufIssueCodec()),
        SqlFileResultCache(database, FakeClock()),
        signal,
        IntegrityError,
    )
    await database.close()


STORAGES: dict[str, Callable[[Path, Fixture], AbstractAsyncContextManager[Storage]]] = {
    "fake": fake,
    "sqlite": sqlite,
    "postgresql": postgresql,
}


class ClosableSignal(EventSignal, Protocol):
    """A signal as its owner sees it."""

    def close(self) -> None:
        """Nothing will be published any more."""


@asynccontextmanager
async def fake_signal(_: Fixture) -> AsyncIterator[ClosableSignal]:
    """In memory."""
    yield FakeEventSignal()


@asynccontextmanager
async def in_process_signal(_: Fixture) -> AsyncIterator[ClosableSignal]:
    """Of one process."""
    yield InProcessSignal()


@asynccontextmanager
async def redis_signal(fixture: Fixture) -> AsyncIterator[ClosableSignal]:
    """Of several servers."""
    valkey: Valkey = fixture("valkey")
    async with (
        valkey.access() as access,
        RedisSignal(InProcessSignal(), access).running() as signal,
    ):
        await signal.connected.wait()
        yield signal


SIGNALS: dict[str, Callable[[Fixture], AbstractAsyncContextManager[ClosableSignal]]] = {
    "fake": fake_signal,
    "in_process": in_process_signal,
    "redis": redis_signal,
}


class ClosableCache(Cache, Protocol):
    """A cache as its owner sees it."""

    counts: CacheCounts

    async def close(self) -> None:
        """Nothing will be asked any more."""


@asynccontextmanager
async def memory_cache(_: Fixture) -> AsyncIterator[ClosableCache]:
    """Of one process."""
    cache = MemoryCache()
    yield cache
    await cache.close()


@asynccontextmanager
async def redis_cache(fixture: Fixture) -> AsyncIterator[ClosableCache]:
    """Of several servers."""
    valkey: Valkey = fixture("valkey")
    async with valkey.access() as access:
        cache = RedisCache(access)
        yield cache
        await cache.close()


CACHES: dict[str, Callable[[Fixture], AbstractAsyncContextManager[ClosableCache]]] = {
    "memory": memory_cache,
    "redis": redis_cache,
}
