"""What is particular to Consul, Redis and the static registry, and how each fails."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from flext_quality.application.ports.discovery import ServiceInstance, ServiceRegistry
from flext_quality.domain.system.errors import RegistryUnavailableError, ServerNotRegisteredError
from flext_quality.infrastructure.discovery.addresses import host_and_port, reachable
from flext_quality.infrastructure.discovery.redis import RedisServiceRegistry
from flext_quality.infrastructure.discovery.static import StaticServiceRegistry
from tests.fake_consul import ConsulByItself, FakeConsul
from tests.valkey import running_valkey
from tests.waiting import PATIENCE_SECONDS, until

A = ServiceInstance("a", "flext-quality", "1.4.0", {"grpc": "[::1]:50051"}, ("reports",))


@pytest.fixture
def agent() -> Iterator[FakeConsul]:
    with FakeConsul() as running:
        yield running


async def _errors(registry: ServiceRegistry) -> list[str]:
    results = [
        (await registry.register(A, 60.0)).error,
        (await registry.heartbeat(A)).error,
        (await registry.deregister(A)).error,
        (await registry.find(A.name)).error,
    ]
    await registry.close()
    assert all(isinstance(error, RegistryUnavailableError) for error in results)
    return sorted({str(error) for error in results})


async def test_a_registry_that_is_not_there_is_told_as_such() -> None:
    """By every method; nothing raises."""
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))  # nobody else gets the port, and nobody listens
        at = f"127.0.0.1:{deaf.getsockname()[1]}"
        consul = ConsulByItself(f"http://{at}")
        assert ["the registry (consul) does not answer"] == await _errors(consul)
        redis = RedisServiceRegistry(f"redis://{at}")
        assert ["the registry (redis) does not answer"] == await _errors(redis)


@pytest.mark.parametrize("kind", ["consul", "redis"])
async def test_a_registry_that_hangs_is_given_up(kind: str) -> None:
    """Within a few seconds."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        at = f"127.0.0.1:{silent.getsockname()[1]}"
        registry: ServiceRegistry = (
            ConsulByItself(f"http://{at}")
            if kind == "consul"
            else RedisServiceRegistry(f"redis://{at}")
        )
        async with asyncio.timeout(PATIENCE_SECONDS):
            result = await registry.heartbeat(A)
        await registry.close()
    assert isinstance(result.error, RegistryUnavailableError)


async def test_consul_sees_address_tags_and_a_check(agent: FakeConsul) -> None:
    """So that its own DNS and its user interface show the server rightly."""
    registry = ConsulByItself(agent.url)
    (await registry.register(A, 30.0)).unwrap()
    known = agent.services["a"].definition
    await registry.close()
    assert (known["Address"], known["Port"]) == ("::1", 50051)
    assert (known["Tags"], known["Meta"]["version"]) == (["reports"], "1.4.0")
    assert known["Check"]["TTL"] == "30000ms"
    assert known["Check"]["DeregisterCriticalServiceAfter"] == "300s"


async def test_consul_wants_the_token(agent: FakeConsul) -> None:
    """With it everything works; without, nothing does, and the error has no secret."""
    agent.token = "canary-token"
    good = ConsulByItself(agent.url, "canary-token")
    (await good.register(A, 30.0)).unwrap()
    await good.close()
    refused = await _errors(ConsulByItself(agent.url, "canary-wrong"))
    assert ["the registry (consul) refuses (HTTP 403)"] == refused


async def test_consul_without_a_leader_is_away(agent: FakeConsul) -> None:
    """A 500 does not mean that the server is unknown."""
    agent.broken = True
    assert ["the registry (consul) refuses (HTTP 500)"] == await _errors(ConsulByItself(agent.url))


async def test_an_older_consul_says_unknown_in_other_words(agent: FakeConsul) -> None:
    """With status 500; the server registers again all the same."""
    agent.old_words = True
    registry = ConsulByItself(agent.url)
    result = await registry.heartbeat(A)
    await registry.close()
    assert isinstance(result.error, ServerNotRegisteredError)


async def test_services_of_others_in_consul_do_no_harm(agent: FakeConsul) -> None:
    """One registered by hand has neither tags nor meta data."""
    check = {"TTL": "30s", "Status": "passing"}
    agent.register({"Name": "flext-quality", "ID": "z", "Check": check})
    registry = ConsulByItself(agent.url)
    found = (await registry.find("flext-quality")).unwrap()
    await registry.close()
    assert (ServiceInstance("z", "flext-quality", "", {}),) == found


async def test_what_is_no_consul_is_told(
    monkeypatch: pytest.MonkeyPatch, agent: FakeConsul
) -> None:
    """Whatever it answers."""
    monkeypatch.setattr(FakeConsul, "health", lambda *_, **__: {"not": "a list"})
    registry = ConsulByItself(agent.url)
    error = (await registry.find("flext-quality")).error
    await registry.close()
    assert str(error) == "the registry (consul) answers something that cannot be read"


async def test_redis_that_refuses_is_told_without_its_words() -> None:
    """Only what kind of refusal it is: what Redis says may hold what it was sent."""
    with running_valkey("--requirepass", "canary-password") as valkey:
        without = await _errors(RedisServiceRegistry(valkey.url))
        wrong = await _errors(RedisServiceRegistry(f"{valkey.url}?password=canary-wrong"))
        right = RedisServiceRegistry(f"{valkey.url}?password=canary-password")
        assert (await right.register(A, 60.0)).is_success
        await right.close()
        client = Redis.from_url(f"{valkey.url}?password=canary-password")
        await client.set("flext-quality:{flext-quality}:instances", "taken")
        await client.aclose()
        taken = RedisServiceRegistry(f"{valkey.url}?password=canary-password")
        refused = (await taken.find(A.name)).error
        await taken.close()
    assert ["the registry (redis) refuses the password"] == without == wrong
    assert str(refused) == "the registry (redis) refuses (WRONGTYPE)"


async def test_redis_forgets_what_is_no_record() -> None:
    """Somebody else's key does not keep the servers from being found; the dead leave nothing behind."""
    with running_valkey() as valkey:
        registry = RedisServiceRegistry(valkey.url)
        (await registry.register(A, 60.0)).unwrap()
        (await registry.register(replace(A, instance_id="b"), 0.05)).unwrap()
        client = Redis.from_url(valkey.url)
        ids = "flext-quality:{flext-quality}:instances"
        await client.sadd(ids, "junk")
        await client.set(f"{ids}:junk", b"no json")

        async def gone() -> bool:
            return not await client.exists(f"{ids}:b")

        await until(gone)
        assert (A,) == (await registry.find(A.name)).unwrap()
        assert {b"a", b"junk"} == await client.smembers(ids)
        await client.aclose()
        await registry.close()


async def test_servers_that_the_operator_named_are_always_found() -> None:
    """With those that register, in one order."""
    named = replace(A, instance_id="b")
    registry = StaticServiceRegistry([named])
    await registry.register(A, 60.0)
    assert (A, named) == (await registry.find(A.name)).unwrap()


def test_addresses_are_those_that_others_can_use() -> None:
    """A server that listens everywhere is known by the machine's name, or the one that is advertised."""
    machine = socket.gethostname()
    assert reachable("0.0.0.0:50051") == f"{machine}:50051"
    assert reachable("[::]:50051", "quality.example") == "quality.example:50051"
    assert reachable("127.0.0.1:50051", "fd00::7") == "[fd00::7]:50051"
    assert reachable("127.0.0.1:50051") == "127.0.0.1:50051"
    assert reachable("unix:/run/q.sock", "quality.example") == "unix:/run/q.sock"
    assert host_and_port("[::1]:1") == ("::1", 1)
    assert host_and_port("unix:/a:1") is None
    assert host_and_port("host:no") is None
