"""A running server and its registry: known while it serves, whatever happens to the registry."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from flext_quality import __version__
from flext_quality.application.jobs.keep_registered import KeepRegistered
from flext_quality.application.ports.discovery import ServiceInstance
from flext_quality.domain.result import FlextResult
from flext_quality.infrastructure.discovery.redis import RedisServiceRegistry
from flext_quality.infrastructure.discovery.static import StaticServiceRegistry
from flext_quality.infrastructure.observability.logging import configure_logging
from flext_quality.settings import create_api_settings
from flext_quality_client import QualityClient
from tests.conftest import StartServer
from tests.fake_consul import ConsulByItself, FakeConsul
from tests.valkey import running_valkey
from tests.waiting import PATIENCE_SECONDS, until

NAME = "flext-quality"


@pytest.fixture
def agent() -> Iterator[FakeConsul]:
    with FakeConsul() as running:
        yield running


def _consul(agent: FakeConsul, **more: Any) -> dict[str, Any]:
    return {"registry": "consul", "consul_url": agent.url, "ttl": 1.0, **more}


async def _known(agent: FakeConsul) -> bool:
    return bool(agent.health(NAME, only_passing=True))


async def test_a_server_is_known_from_its_start_to_its_end(
    start_server: StartServer, agent: FakeConsul
) -> None:
    """With its version, its endpoints, and what it can do; at shutdown it is gone at once."""
    urls = {"health_url": "http://q:9100/health/ready", "metrics_url": "http://q:9100/metrics"}
    agent.token = "t"
    server = start_server(
        discovery=_consul(agent, consul_token="t", advertised_host="quality.example", **urls)
    )
    await until(lambda: _known(agent))
    registry = ConsulByItself(agent.url, "t")
    found = (await registry.find(NAME)).unwrap()
    await registry.close()
    port = server.address.rpartition(":")[2]
    assert dict(found[0].endpoints) == {
        "grpc": f"quality.example:{port}",
        "health": urls["health_url"],
        "metrics": urls["metrics_url"],
    }
    assert found[0].version == __version__
    with QualityClient(server.address) as client:
        assert tuple(client.server_info().capabilities) == found[0].capabilities
    server.stop()
    assert not agent.services


async def test_a_server_outlives_its_registry(start_server: StartServer, agent: FakeConsul) -> None:
    """It starts without one, serves all the time, and registers when it is there, and again later."""
    agent.stop()
    server = start_server(discovery=_consul(agent))
    with QualityClient(server.address) as client:
        client.server_info()
        agent.start()
        await until(lambda: _known(agent))
        agent.stop()
        client.server_info()
        agent.services.clear()
        agent.start()
        await until(lambda: _known(agent))
        agent.services.clear()  # forgotten, though the agent was there all the time
        await until(lambda: _known(agent))
    agent.stop()
    server.stop()


async def test_a_server_is_kept_known_by_its_heartbeats(
    start_server: StartServer, agent: FakeConsul
) -> None:
    """Its check passes on, past the time to live."""
    start_server(discovery=_consul(agent))
    await until(lambda: _known(agent))
    (known,) = agent.services.values()
    first = known.passing_until

    async def renewed_twice() -> bool:
        return known.passing_until > first + 1.0

    await until(renewed_twice)


async def test_a_server_is_known_in_redis(start_server: StartServer) -> None:
    """Until it ends; after Redis was killed and is back, empty, again."""

    async def found() -> bool:
        result = await registry.find(NAME)
        return result.error is None and bool(result.unwrap())

    with running_valkey() as valkey:
        registry = RedisServiceRegistry(valkey.url)
        chosen = {"registry": "redis", "redis_url": valkey.url, "ttl": 1.0}
        server = start_server(discovery=chosen)
        await until(found)
        valkey.kill()
        valkey.start()
        await until(found)
        server.stop()
        assert not await found()
        await registry.close()


async def test_a_registry_that_is_away_is_told_once(
    start_server: StartServer, agent: FakeConsul, capfd: pytest.CaptureFixture[str]
) -> None:
    """Not with every heartbeat; and again when it is back."""
    lines: list[dict[str, Any]] = []

    def said(event: str) -> int:
        # A line's end may be written after the line was read.
        lines.extend(json.loads(line) for line in capfd.readouterr().err.splitlines() if line)
        return sum(line["event"] == event for line in lines)

    def tried() -> int:
        said("")
        return sum("does not answer" in line.get("outcome", "") for line in lines)

    async def tried_thrice() -> bool:
        return tried() >= 3

    agent.stop()
    logs = {"log_format": "json", "log_level": "debug"}
    server = start_server(discovery=_consul(agent), observability=logs)
    await until(tried_thrice)
    assert said("not registered") == 1
    agent.start()
    await until(lambda: _known(agent))
    agent.stop()
    server.stop()
    assert said("registry is back") == said("registered") == 1
    assert said("not deregistered") == 1


class _Endless(StaticServiceRegistry):
    """Never answers."""

    async def deregister(self, instance: ServiceInstance) -> FlextResult[None]:
        await asyncio.Event().wait()
        raise AssertionError


async def test_a_registry_that_hangs_does_not_hold_up_the_end() -> None:
    """The server goes after a short while; its time to live does the rest."""
    configure_logging("console", "error")
    kept = KeepRegistered(_Endless(), ServiceInstance("a", NAME, "1", {}), 30.0)
    assert await kept() == "registered"
    async with asyncio.timeout(PATIENCE_SECONDS):
        await kept.leave()


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"registry": "redis"}, "registry redis needs redis_url"),
        ({"registry": "consul", "consul_url": ""}, "registry consul needs consul_url"),
        ({"registry": "zookeeper"}, "FLEXT_API_DISCOVERY__REGISTRY"),
        ({"metrics_url": "ftp://x"}, "FLEXT_API_DISCOVERY__METRICS_URL"),
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, Any], why: str) -> None:
    """At the start, by name."""
    assert why in str(create_api_settings(discovery=wrong).error)
