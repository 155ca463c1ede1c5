"""Whether the message broker is there."""

from __future__ import annotations

from flext_quality.domain.errors import BrokerUnavailableError
from flext_quality.domain.result import FlextResult
from flext_quality.infrastructure.events.broker import Broker
from flext_quality.infrastructure.events.guarded import asked
from flext_quality.infrastructure.resilience.policy import ResiliencePolicy


class BrokerCheck:
    """The `HealthCheck` of the broker. While it is away, events wait in the log."""

    name = "broker"
    is_vital = False

    def __init__(self, broker: Broker, policy: ResiliencePolicy, kind: str) -> None:
        self._broker = broker
        self._policy = policy
        self._kind = kind

    async def check(self) -> FlextResult[str]:
        """Asks it for an answer."""
        try:
            await asked(self._policy, self._broker.ping)
        except BrokerUnavailableError as error:
            return FlextResult.fail(error)
        return FlextResult.ok(f"{self._kind} answers")
