"""What every registry of services does, be it Consul, Redis or our own memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from flext_quality.application.ports.discovery import ServiceInstance, ServiceRegistry
from flext_quality.domain.system.errors import ServerNotRegisteredError
from flext_quality.infrastructure.discovery.redis import RedisServiceRegistry
from flext_quality.infrastructure.discovery.static import StaticServiceRegistry
from tests.fake_consul import ConsulByItself, FakeConsul
from tests.fakes import FakeServiceRegistry
from tests.services import each
from tests.valkey import Valkey
from tests.waiting import until

A = ServiceInstance(
    "01-a",
    "flext-quality",
    "1.4.0",
    {"grpc": "10.0.0.7:50051", "metrics": "http://10.0.0.7:9100/metrics"},
    ("code_quality_analysis", "security_scanning"),
)
B = replace(A, instance_id="02/b ü", endpoints={"grpc": "unix:/run/quality.sock"}, capabilities=())
TTL = 60.0


@pytest.fixture(params=each(["fake", "static", "consul", "redis"]))
async def registry(request: pytest.FixtureRequest) -> AsyncIterator[ServiceRegistry]:
    chosen: ServiceRegistry
    if request.param == "fake":
        yield FakeServiceRegistry()
    elif request.param == "static":
        yield StaticServiceRegistry()
    elif request.param == "consul":
        with FakeConsul() as agent:
            chosen = ConsulByItself(agent.url)
            yield chosen
            await chosen.close()
    else:
        valkey: Valkey = request.getfixturevalue("valkey")
        chosen = RedisServiceRegistry(valkey.url)
        yield chosen
        await chosen.close()


async def _found(registry: ServiceRegistry, name: str = A.name) -> tuple[ServiceInstance, ...]:
    return (await registry.find(name)).unwrap()


async def _until_gone(registry: ServiceRegistry) -> None:
    async def gone() -> bool:
        return not await _found(registry)

    await until(gone)


async def test_who_registered_is_found_whole(registry: ServiceRegistry) -> None:
    """Under the service's name, ordered by id, with version, endpoints and capabilities."""
    assert (await registry.register(B, TTL)).is_success
    assert (await registry.register(A, TTL)).is_success
    assert (A, B) == await _found(registry)
    assert () == await _found(registry, "another")


async def test_registering_again_replaces_everything(registry: ServiceRegistry) -> None:
    """So that a new version, or a new address, is what clients find."""
    await registry.register(A, TTL)
    changed = replace(A, version="1.5.0", endpoints={"grpc": "10.0.0.8:1"}, capabilities=())
    await registry.register(changed, TTL)
    assert (changed,) == await _found(registry)


async def test_who_deregistered_is_not_found(registry: ServiceRegistry) -> None:
    """At once; the others are; a second time does no harm, nor does one who never came."""
    await registry.register(A, TTL)
    await registry.register(B, TTL)
    assert (await registry.deregister(A)).is_success
    assert (B,) == await _found(registry)
    assert (await registry.deregister(A)).is_success


async def test_who_says_nothing_is_forgotten(registry: ServiceRegistry) -> None:
    """When the time to live is over, and not with those who still have time."""
    await registry.register(B, TTL)
    await registry.register(A, 0.2)

    async def only_b() -> bool:
        return await _found(registry) == (B,)

    await until(only_b)


async def test_a_heartbeat_keeps_a_server_known(registry: ServiceRegistry) -> None:
    """For another time to live each, however many of them."""
    # The shortest time to live that the machine can keep up with, as a real one has some margin.
    for ttl in (0.5, 4.0, 30.0):
        await registry.register(A, ttl)
        loop = asyncio.get_running_loop()
        end = loop.time() + 1.5 * ttl
        is_known = True
        while loop.time() < end and is_known:
            is_known = (await registry.heartbeat(A)).is_success
            await asyncio.sleep(ttl / 10)
        if is_known and (A,) == await _found(registry):
            await _until_gone(registry)
            return
    raise AssertionError("no heartbeat kept it known")


async def test_a_heartbeat_of_somebody_unknown_fails(registry: ServiceRegistry) -> None:
    """So that the server knows that it has to register again."""
    result = await registry.heartbeat(A)
    assert isinstance(result.error, ServerNotRegisteredError)
    await registry.register(A, TTL)
    await registry.deregister(A)
    assert isinstance((await registry.heartbeat(A)).error, ServerNotRegisteredError)


async def test_a_closed_registry_leaves_the_servers_known(registry: ServiceRegistry) -> None:
    """Who looks a server up and goes does not take it away; it can be asked again too."""
    await registry.register(A, TTL)
    await registry.close()
    assert (A,) == await _found(registry)
