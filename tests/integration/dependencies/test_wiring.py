from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from flext.quality.v1.quality_event_pb2 import AggregateType, CircuitState
from flext_quality.application.metrics.aggregate_metrics import AggregateMetrics
from flext_quality.application.ports.cache import Cache
from flext_quality.application.ports.http_client import HttpClient
from flext_quality.application.ports.signals import EventSignal
from flext_quality.container import build_container
from flext_quality.infrastructure.cache.memory import MemoryCache
from flext_quality.infrastructure.cache.redis import RedisCache
from flext_quality.infrastructure.events.in_process_signal import InProcessSignal
from flext_quality.infrastructure.events.redis_signal import RedisSignal
from flext_quality.infrastructure.observability.observed import ObservedSignal
from flext_quality.infrastructure.persistence.migrate import upgrade
from flext_quality.infrastructure.resilience.policy import ResiliencePolicies
from flext_quality.serving import running_server
from flext_quality.settings import FlextApiSettings, create_api_settings
from flext_quality_client import AsyncQualityClient, event_filter
from tests.live import live_settings
from tests.valkey import Valkey


def settings(directory: Path, url: str) -> FlextApiSettings:
    return create_api_settings(data_dir=directory, redis={"url": url}).unwrap()


async def test_what_servers_share_is_in_redis_where_it_is_configured(
    valkey: Valkey, tmp_path: Path
) -> None:
    """The cache, wake-ups, and what circuit breakers know."""
    chosen = settings(tmp_path, valkey.url)
    await upgrade(chosen.effective_database_url)
    container = build_container(chosen)
    assert isinstance(await container.get(Cache), RedisCache)
    assert isinstance((await container.get(ObservedSignal)).signal, RedisSignal)
    assert (await (await container.get(AggregateMetrics))("issues")).unmeasured_count == 0

    async def operation() -> None:
        raise ConnectionError

    policy = (await container.get(ResiliencePolicies)).of("it")
    with pytest.raises(ConnectionError):
        await policy.call(operation, retry=False)
    async with valkey.access() as access:
        keys = set(await access.client.keys("*"))
    assert keys == {b"flext-quality:cache:aggregate:issues", b"flext-quality:breaker:it"}
    await container.close()


async def test_a_server_works_without_the_redis_that_is_configured(tmp_path: Path) -> None:
    """It starts, answers, and stops."""
    chosen = settings(tmp_path, "redis://127.0.0.1:9/0")
    await upgrade(chosen.effective_database_url)
    container = build_container(chosen)
    await container.get(EventSignal)
    for _ in range(8):
        assert (await (await container.get(AggregateMetrics))("issues")).unmeasured_count == 0
    await container.close()


async def test_one_server_needs_nothing_outside(tmp_path: Path) -> None:
    """By default everything is in the process."""
    container = build_container(settings(tmp_path, ""))
    assert isinstance(await container.get(Cache), MemoryCache)
    assert isinstance((await container.get(ObservedSignal)).signal, InProcessSignal)
    await container.get(HttpClient)
    await container.close()


def test_libraries_for_what_is_not_configured_are_not_loaded() -> None:
    """The server starts as quickly, and is as small, as without them."""
    heavy = ("redis", "httpx", "httpcore", "hishel", "stamina", "tenacity")
    program = (
        "import sys, flext_quality.serving; "
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"


async def test_whoever_watches_events_sees_a_dependency_fail(tmp_path: Path) -> None:
    """A change of a circuit breaker is an event of the log, with the server that found out."""
    chosen = live_settings(tmp_path / "data", redis={"url": "redis://127.0.0.1:9/0"})
    async with (
        running_server(chosen) as server,
        AsyncQualityClient(server.address) as client,
    ):
        wanted = event_filter(aggregate_types=[AggregateType.AGGREGATE_TYPE_DEPENDENCY])
        watching = client.events.watch(0, wanted)
        for _ in range(5):
            await client.metrics_over_time.aggregate("issues")
        told = (await anext(watching)).quality_event
    assert (told.id, told.subject) == ("dependencies/redis/1", "dependencies/redis")
    change = told.dependency_event.circuit_breaker_changed
    assert (change.dependency, change.before, change.after) == (
        "redis",
        CircuitState.CIRCUIT_STATE_CLOSED,
        CircuitState.CIRCUIT_STATE_OPEN,
    )
    assert len(change.server) == 26
