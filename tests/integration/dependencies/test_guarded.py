"""Broker and registry behind their policies, and the server that puts them there."""

from __future__ import annotations

from pathlib import Path

import pytest

from flext_quality.application.ports.commands import MessageQueue
from flext_quality.application.ports.discovery import ServiceRegistry
from flext_quality.application.ports.events import EventPublisher
from flext_quality.container import build_container
from flext_quality.domain.errors import BrokerUnavailableError
from flext_quality.domain.system.errors import RegistryUnavailableError
from flext_quality.infrastructure.discovery.guarded import GuardedServiceRegistry
from flext_quality.infrastructure.events.guarded import GuardedMessageQueue, GuardedPublisher
from flext_quality.infrastructure.events.message_queue import MessageQueueAdapter
from flext_quality.infrastructure.events.publisher import EventPublisherAdapter
from flext_quality.infrastructure.persistence.migrate import upgrade
from flext_quality.infrastructure.resilience.options import PolicyOptions
from flext_quality.infrastructure.resilience.policy import ResiliencePolicy, Surroundings
from flext_quality.settings import create_api_settings
from tests.contract.test_brokers import EVENT
from tests.contract.test_service_registry import TTL, A
from tests.fakes import FakeBroker, FakeServiceRegistry


class World:
    """Policies that open after two failures, and their clock."""

    def __init__(self) -> None:
        self.now = 1_000.0
        options = PolicyOptions(attempts=1, breaker_failures=2, breaker_seconds=10.0)
        world = Surroundings(clock=lambda: self.now)
        self.policy = ResiliencePolicy("it", options, surroundings=world)


async def test_a_registry_that_fails_again_and_again_is_left_alone() -> None:
    """Each answer says why; after a while one caller tries, and all goes on as before."""
    world, inner = World(), FakeServiceRegistry()
    registry = GuardedServiceRegistry(inner, world.policy, "consul")
    assert (await registry.register(A, TTL)).is_success
    inner.is_away = True
    why = []
    for _ in range(4):
        error = (await registry.heartbeat(A)).error
        assert isinstance(error, RegistryUnavailableError)
        why.append(error.why)
    assert why == ["does not answer"] * 2 + ["failed too often and is left alone"] * 2
    assert 2 == inner.calls.count(("heartbeat", A.instance_id))
    inner.is_away = False
    world.now += 11
    assert (await registry.heartbeat(A)).is_success
    assert (A,) == (await registry.find(A.name)).unwrap()


async def test_a_registry_that_forgot_a_server_has_not_failed() -> None:
    """It answered: that is no reason to leave it alone."""
    world, inner = World(), FakeServiceRegistry()
    registry = GuardedServiceRegistry(inner, world.policy, "consul")
    for _ in range(4):
        assert "does not know" in (await registry.heartbeat(A)).error.message  # type: ignore[union-attr]
    assert 4 == len(inner.calls)


async def test_a_broker_that_fails_again_and_again_is_left_alone() -> None:
    """Publishing and receiving share what they find out; nothing is published meanwhile, and nothing lost."""
    world, broker = World(), FakeBroker()
    publisher = GuardedPublisher(
        EventPublisherAdapter(broker, prefix="q", source="/here"), world.policy
    )
    queue = GuardedMessageQueue(MessageQueueAdapter(broker, prefix="q"), world.policy)
    broker.kill()
    for _ in range(2):
        with pytest.raises(BrokerUnavailableError):
            await publisher.publish([EVENT], 1.0)
    broker.start()
    for ask in (lambda: publisher.publish([EVENT], 1.0), queue.receive):
        with pytest.raises(BrokerUnavailableError, match="failed"):
            await ask()
    assert {} == broker.topics
    world.now += 11
    assert 1 == await publisher.publish([EVENT], 1.0)
    assert 1 == len(broker.topics["q.project"])


async def test_a_server_asks_broker_and_registry_through_their_policies(tmp_path: Path) -> None:
    """Under the names that the settings know."""
    chosen = create_api_settings(
        data_dir=tmp_path,
        events={"publisher": "nats", "url": "nats://127.0.0.1:9"},
        discovery={"registry": "consul", "consul_url": "http://127.0.0.1:9"},
        resilience={"dependencies": {"registry": {"breaker_failures": 1}}},
    ).unwrap()
    await upgrade(chosen.effective_database_url)
    container = build_container(chosen)
    publisher, queue = await container.get(EventPublisher), await container.get(MessageQueue)
    assert isinstance(publisher, GuardedPublisher)
    assert isinstance(queue, GuardedMessageQueue)
    assert publisher.policy is queue.policy
    assert ("broker", 10.0) == (
        publisher.policy.dependency,
        publisher.policy.options.breaker_seconds,
    )
    registry = await container.get(ServiceRegistry)
    first, second = [(await registry.find("x")).error for _ in range(2)]
    assert first is not None
    assert first.message == "the registry (consul) does not answer"
    assert second is not None
    assert "left alone" in second.message
    await container.close()
