"""Events out and commands in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

from dishka import Provider, Scope, provide

from flext_quality.application.jobs.consume_commands import CommandPolicy, ConsumeCommands
from flext_quality.application.jobs.relay_events import RelayEvents, RelayOptions
from flext_quality.application.ports.commands import CommandDecoder, MessageQueue
from flext_quality.application.ports.events import EventPublisher, EventRenderer
from flext_quality.container.plugins import publisher_plugin
from flext_quality.infrastructure.events.broker import Broker
from flext_quality.infrastructure.jobs.instances import Instance
from flext_quality.infrastructure.plugins import LoadedPlugins
from flext_quality.infrastructure.resilience.policy import ResiliencePolicies
from flext_quality.rpc.events.public_events import ProtobufCommandDecoder, ProtobufEventRenderer
from flext_quality.settings import FlextApiSettings


class BrokerProvider(Provider):
    """Events out and commands in. Nothing of it is made, nor its libraries loaded, unless it is asked for."""

    scope = Scope.APP

    relay_events = provide(RelayEvents)
    consume_commands = provide(ConsumeCommands)

    @provide
    def renderer(self) -> EventRenderer:
        return ProtobufEventRenderer()

    @provide
    def decoder(self) -> CommandDecoder:
        return ProtobufCommandDecoder()

    @provide
    def relay_options(self, settings: FlextApiSettings, instance: Instance) -> RelayOptions:
        events = settings.events
        return RelayOptions(
            f"publisher/{events.publisher}",
            instance.id,
            events.batch_size,
            timedelta(seconds=events.lease),
        )

    @provide
    def command_policy(self, settings: FlextApiSettings) -> CommandPolicy:
        return CommandPolicy(settings.events.command_attempts)

    @provide
    async def publisher(
        self,
        settings: FlextApiSettings,
        instance: Instance,
        plugins: LoadedPlugins,
        policies: ResiliencePolicies,
    ) -> AsyncIterator[EventPublisher]:
        from flext_quality.infrastructure.events.guarded import DEPENDENCY, GuardedPublisher

        publisher = publisher_plugin(settings, plugins) or _publisher(settings, instance)
        guarded = GuardedPublisher(publisher, policies.of(DEPENDENCY))
        yield guarded
        await guarded.close()

    @provide
    async def message_queue(
        self, settings: FlextApiSettings, instance: Instance, policies: ResiliencePolicies
    ) -> AsyncIterator[MessageQueue]:
        from flext_quality.infrastructure.events.guarded import (
            DEPENDENCY,
            GuardedMessageQueue,
        )
        from flext_quality.infrastructure.events.message_queue import MessageQueueAdapter

        adapter = MessageQueueAdapter(
            broker_of(settings, instance), prefix=settings.events.topic_prefix
        )
        guarded = GuardedMessageQueue(adapter, policies.of(DEPENDENCY))
        yield guarded
        await guarded.close()


def _publisher(settings: FlextApiSettings, instance: Instance) -> EventPublisher:
    from flext_quality.infrastructure.events.publisher import EventPublisherAdapter

    events = settings.events
    return EventPublisherAdapter(
        broker_of(settings, instance), prefix=events.topic_prefix, source=events.source
    )


def broker_of(settings: FlextApiSettings, instance: Instance) -> Broker:
    """A client of the broker that the settings name."""
    events = settings.events
    url, retry, length = (
        events.url.get_secret_value(),
        events.command_retry,
        events.max_stream_length,
    )
    if events.publisher == "nats":
        from flext_quality.infrastructure.events.jetstream import JetStreamBroker

        return JetStreamBroker(url, retry_seconds=retry, max_length=length)
    from flext_quality.infrastructure.events.redis_streams import RedisBroker

    return RedisBroker(url, consumer=instance.id, retry_seconds=retry, max_length=length)
