"""Sends each message with the sender of its kind of target."""

from __future__ import annotations

from dataclasses import dataclass

from flext_quality.application.ports.sending import Message
from flext_quality.domain.notifications.channel import (
    AppriseTarget,
    PluginTarget,
    Target,
    WebhookTarget,
)
from flext_quality.domain.notifications.delivery import SendOutcome
from flext_quality.domain.result import FlextResult
from flext_quality.infrastructure.notifications.apprise_sender import AppriseSender
from flext_quality.infrastructure.notifications.plugin_sender import PluginSender
from flext_quality.infrastructure.notifications.webhook import WebhookSender


@dataclass(frozen=True)
class OutsideNotifier:
    """The port `Notifier`: webhooks by ourselves, plugins' kinds by them, everything else by apprise."""

    webhooks: WebhookSender
    apprise: AppriseSender
    plugins: PluginSender

    def check(self, target: Target, secret: str) -> FlextResult[None]:
        """Whether it could ever be sent to."""
        if isinstance(target, AppriseTarget):
            return self.apprise.check(secret)
        if isinstance(target, PluginTarget):
            return self.plugins.check(target, secret)
        return FlextResult.ok(None)

    async def send(self, target: Target, secret: str, message: Message) -> SendOutcome:
        """Tries once."""
        if isinstance(target, WebhookTarget):
            return await self.webhooks.send(target, secret, message)
        if isinstance(target, PluginTarget):
            return await self.plugins.send(target, secret, message)
        return await self.apprise.send(target, secret, message)
