"""Takes commands, which are CloudEvents 1.0 in JSON, from a message broker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from flext_quality.application.ports.commands import Command, Delivery
from flext_quality.domain.errors import InvalidFieldError, invalid_field
from flext_quality.domain.result import FlextResult
from flext_quality.infrastructure.events.broker import Broker, BrokerDelivery

_WAIT_SECONDS = 1.0

COMMANDS = "commands"
DEAD_LETTERS = "commands.dead"
"""The names of the topics, after the prefix."""


@dataclass(frozen=True)
class QueuedCommand:
    """The port `Delivery`."""

    delivery: BrokerDelivery
    dead_letters: str

    @cached_property
    def command(self) -> FlextResult[Command]:
        """The command that the message holds."""
        try:
            event = JSONFormat().read(CloudEvent, self.delivery.body)
        except Exception:  # noqa: BLE001  # whatever the library says of a message that is none
            return FlextResult.fail(_invalid("is no CloudEvent 1.0 in JSON"))
        data = event.get_data()
        if not isinstance(data, dict):
            return FlextResult.fail(_invalid("has no data, or they are no JSON object"))
        correlation_id = event.get_extension("correlationid") or ""
        return FlextResult.ok(
            Command(event.get_id(), event.get_source(), event.get_type(), data, correlation_id)
        )

    @property
    def attempt(self) -> int:
        """How often it was delivered."""
        return self.delivery.attempt

    async def done(self) -> None:
        """It does not come again."""
        await self.delivery.ack()

    async def retry(self) -> None:
        """It comes again later."""
        await self.delivery.nack()

    async def hold(self) -> None:
        """It is still being dealt with."""
        await self.delivery.hold()

    async def bury(self, reason: str) -> None:
        """Puts it into the topic of those that could not be dealt with."""
        await self.delivery.move(self.dead_letters, reason)


class MessageQueueAdapter:
    """The port `MessageQueue` on a broker: from `{prefix}.commands` to `{prefix}.commands.dead`."""

    def __init__(self, broker: Broker, *, prefix: str) -> None:
        self._broker = broker
        self._commands = f"{prefix}.{COMMANDS}"
        self._dead_letters = f"{prefix}.{DEAD_LETTERS}"

    async def receive(self) -> Sequence[Delivery]:
        """Some commands."""
        received = await self._broker.receive(self._commands, _WAIT_SECONDS)
        return [QueuedCommand(delivery, self._dead_letters) for delivery in received]

    async def close(self) -> None:
        """Ends the connection."""
        await self._broker.close()


def _invalid(description: str) -> InvalidFieldError:
    return invalid_field("message", description)
