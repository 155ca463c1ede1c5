"""How many connections a server opens on PostgreSQL, as PostgreSQL counts them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.container import build_container
from flext_quality.domain.errors import StorageUnavailableError
from flext_quality.settings import settings_of
from flext_quality_client import QualityClient
from tests.contract.samples import SHOP
from tests.live import LiveServer, live_settings
from tests.postgres import PostgresProcess


@pytest.fixture
def url(postgres: PostgresProcess) -> Iterator[str]:
    """An empty database's, without a driver."""
    url = postgres.database()
    yield url.replace("+psycopg", "")
    postgres.drop(url)


def connections(url: str) -> int:
    """How many there are to the database; the one that asks is to another."""
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg", database="postgres"))
    count = text("SELECT count(*) FROM pg_stat_activity WHERE datname = :name")
    with engine.connect() as connection:
        found: int = connection.execute(count, {"name": make_url(url).database}).scalar_one()
    engine.dispose()
    return found


@pytest.mark.parametrize(("pool_size", "max_overflow"), [(2, 1), (1, 2), (2, 0)])
async def test_pools_keep_to_their_settings(
    url: str, tmp_path: Path, pool_size: int, max_overflow: int
) -> None:
    """Whoever comes when all connections are in use waits, and is told after `wait_seconds`."""
    database = {"url": url, "pool_size": pool_size, "max_overflow": max_overflow}
    settings = settings_of(data_dir=tmp_path, database={**database, "wait_seconds": 0.5}).unwrap()
    container = build_container(settings)
    uow = await container.get(UnitOfWorkFactory)
    answered: asyncio.Queue[bool] = asyncio.Queue()
    release = asyncio.Event()

    async def use(*, read_only: bool, long: bool = False) -> None:
        try:
            async with uow(read_only=read_only, long=long) as work:
                await work.projects.get(SHOP)
                answered.put_nowait(True)
                await release.wait()
        except StorageUnavailableError:
            answered.put_nowait(False)

    async with asyncio.TaskGroup() as callers:
        for number in range(12):
            callers.create_task(use(read_only=number % 2 == 0))
            callers.create_task(use(read_only=True, long=True))
        served = [await answered.get() for _ in range(24)]
        opened = await asyncio.to_thread(connections, url)
        release.set()
    await container.close()
    assert opened == served.count(True) == pool_size + max_overflow


def test_one_connection_is_enough(url: str, tmp_path: Path, project_dir: Path) -> None:
    """Nothing that the server does holds one while it waits for another."""
    database = {"url": url, "pool_size": 1, "max_overflow": 0, "wait_seconds": 5}
    server = LiveServer(live_settings(tmp_path / "data", project_dir, database=database))
    (project_dir / "app.py").write_text("import os\n")
    with QualityClient(server.address) as client:
        started = client.analyze(project_dir)
        assert "analysis_finished" in [event.WhichOneof("kind") for event in started]
        project = started.analysis.name.partition("/analyses/")[0]
        assert list(client.issues.export(project))
        assert connections(url) == 1
    server.stop()
