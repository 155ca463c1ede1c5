"""Runs every contract test against everything that has to keep the contract."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from flext_quality.application.ports.analyzers import FileResultCache
from flext_quality.application.ports.storage import UnitOfWorkFactory
from tests.contract.storages import (
    CACHES,
    SIGNALS,
    STORAGES,
    ClosableCache,
    ClosableSignal,
    Storage,
    sqlite_template,
)
from tests.services import each


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file."""
    return sqlite_template(tmp_path_factory.mktemp("template") / "quality.db")


@pytest.fixture(params=each(STORAGES))
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    """An empty storage of each kind."""
    async with STORAGES[request.param](tmp_path, request.getfixturevalue) as storage:
        yield storage


@pytest.fixture
def uow(storage: Storage) -> UnitOfWorkFactory:
    """Makes units of work on the storage."""
    return storage.uow


@pytest.fixture
def cache(storage: Storage) -> FileResultCache:
    """The storage's cache of results."""
    return storage.cache


@pytest.fixture(params=each(SIGNALS))
async def signal(request: pytest.FixtureRequest) -> AsyncIterator[ClosableSignal]:
    """A signal of each kind."""
    async with SIGNALS[request.param](request.getfixturevalue) as signal:
        yield signal


@pytest.fixture(params=each(CACHES))
async def kept(request: pytest.FixtureRequest) -> AsyncIterator[ClosableCache]:
    """An empty cache of each kind."""
    async with CACHES[request.param](request.getfixturevalue) as cache:
        yield cache
