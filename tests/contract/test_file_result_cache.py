"""What every `FileResultCache` promises."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from flext_quality.application.ports.analyzers import FileResultCache
from tests.contract.storages import STORAGES
from tests.fakes import FakeFileResultCache
from tests.services import each


@pytest.fixture(params=each(["fake", *STORAGES]))
async def cache(request: pytest.FixtureRequest) -> AsyncIterator[FileResultCache]:
    """An empty one of each kind."""
    if request.param == "fake":
        yield FakeFileResultCache()
        return
    async with STORAGES[request.param](request.getfixturevalue) as storage:
        yield storage.cache


async def test_results_come_back_by_key(cache: FileResultCache) -> None:
    """Byte for byte; keys that are not there are left out."""
    await cache.put_many({"a": b"\x00\xff", "b": b""})
    assert {"a": b"\x00\xff", "b": b""} == await cache.get_many(["b", "a", "c"])
    assert {} == await cache.get_many(["A"])


async def test_the_first_result_stays(cache: FileResultCache) -> None:
    """Two that compute the same do not undo each other's work."""
    await cache.put_many({"a": b"first"})
    await cache.put_many({"a": b"second", "b": b"new"})
    assert {"a": b"first", "b": b"new"} == await cache.get_many(["a", "b"])


async def test_nothing_is_no_error(cache: FileResultCache) -> None:
    """A project without files asks for nothing and keeps nothing."""
    await cache.put_many({})
    assert {} == await cache.get_many([])


async def test_twenty_thousand_files_are_one_call(cache: FileResultCache) -> None:
    """However many files a project has."""
    results = {f"{n:064d}": str(n).encode() for n in range(20_000)}
    await cache.put_many(results)
    assert results == await cache.get_many(list(results))
