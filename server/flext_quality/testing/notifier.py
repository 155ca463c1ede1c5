"""Targets of notifications, in memory."""

# ruff: noqa: D102  # the ports say what their methods promise

from __future__ import annotations

from dataclasses import dataclass, field

from flext_quality.application.ports.sending import Message
from flext_quality.domain.notifications.channel import Target
from flext_quality.domain.notifications.delivery import SendOutcome
from flext_quality.domain.result import FlextResult


@dataclass
class FakeNotifier:
    """Remembers what it was given; answers what `outcomes` say, then that it arrived."""

    outcomes: list[SendOutcome] = field(default_factory=list)
    sent: list[tuple[Target, str, Message]] = field(default_factory=list)

    def check(self, target: Target, secret: str) -> FlextResult[None]:
        return FlextResult.ok(None)

    async def send(self, target: Target, secret: str, message: Message) -> SendOutcome:
        self.sent.append((target, secret, message))
        return self.outcomes.pop(0) if self.outcomes else SendOutcome(True, "200")
