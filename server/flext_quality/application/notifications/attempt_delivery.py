"""Tries once to send a delivery to its channel's target."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from time import perf_counter

import structlog

from flext_quality.application.ports.clock import Clock
from flext_quality.application.ports.secret_box import SecretBox
from flext_quality.application.ports.sending import MessageRenderer, Notifier
from flext_quality.domain.errors import InvalidFieldError, SecretsUnavailableError
from flext_quality.domain.notifications.channel import Channel
from flext_quality.domain.notifications.defaults import ChannelDefaults
from flext_quality.domain.notifications.delivery import (
    EXCERPT_CHARACTERS,
    Attempt,
    Delivery,
    SendOutcome,
)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class AttemptDelivery:
    """Renders a message and sends it. Stores nothing."""

    secrets: SecretBox
    renderer: MessageRenderer
    notifier: Notifier
    clock: Clock
    defaults: ChannelDefaults

    async def __call__(
        self, delivery: Delivery, channel: Channel, project: str
    ) -> tuple[Attempt, SendOutcome]:
        """What was tried and what came of it. `project` is the display name.

        Raises:
            SecretsUnavailableError: the channel's secret cannot be read.
        """
        secret = ""
        if channel.stored_secret:
            decrypted = self.secrets.decrypt(channel.stored_secret)
            if not decrypted.is_success:
                raise SecretsUnavailableError
            secret = decrypted.unwrap()
        message = self.renderer.render(delivery, channel, project)
        begun, at = perf_counter(), self.clock()
        try:
            target, secret = self.defaults.completed(channel.target, secret)
            outcome = await self.notifier.send(target, secret, message)
        except InvalidFieldError as error:
            # The operator had set it when the channel was made, and may set it again.
            outcome = SendOutcome(delivered=False, status=error.message)
        except Exception as error:  # noqa: BLE001  # whatever a sender does, its message must not be lost
            # Its text may hold the secret.
            await _log.aerror(
                "a sender broke off", channel=str(channel.name), kind=type(error).__name__
            )
            outcome = SendOutcome(delivered=False, status="the sender broke off")
        outcome = replace(outcome, answer=outcome.answer[:EXCERPT_CHARACTERS])
        took = timedelta(seconds=perf_counter() - begun)
        return Attempt(at, took, outcome.delivered, outcome.status, outcome.answer), outcome
