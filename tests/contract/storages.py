"""The storages and signals that have to keep the ports' promises. Another one is another entry here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

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
from tests.fakes import FakeClock, RecordingSignal, TemporaryStorage
from tests.postgres import PostgresProcess
from tests.valkey import Valkey

Fixture = Callable[[str], Any]
"""Pytest's fixtures by name: what a storage does not need is not made for it."""


@dataclass(frozen=True)
class Storage:
    """A storage under test."""

    uow: UnitOfWorkFactory
    cache: FileResultCache
    signal: RecordingSignal


@asynccontextmanager
async def sqlite(_: Fixture) -> AsyncIterator[Storage]:
    """SQLite in a file of its own, as tests of all else have it."""
    storage = TemporaryStorage()
    yield Storage(storage, SqlFileResultCache(storage.database, FakeClock()), storage.signal)
    await storage.close()


@asynccontextmanager
async def postgresql(fixture: Fixture) -> AsyncIterator[Storage]:
    """PostgreSQL with a database of its own."""
    process: PostgresProcess = fixture("postgres")
    url = await asyncio.to_thread(process.database)
    database, signal = Database(DatabaseOptions(url)), RecordingSignal()
    yield Storage(
        SqlUnitOfWorkFactory(database, signal, ProtobufIssueCodec()),
        SqlFileResultCache(database, FakeClock()),
        signal,
    )
    await database.close()
    await asyncio.to_thread(process.drop, url)


STORAGES: dict[str, Callable[[Fixture], AbstractAsyncContextManager[Storage]]] = {
    "sqlite": sqlite,
    "postgresql": postgresql,
}


class ClosableSignal(EventSignal, Protocol):
    """A signal as its owner sees it."""

    def close(self) -> None:
        """Nothing will be published any more."""


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
