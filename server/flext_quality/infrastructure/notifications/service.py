"""Makes the `Notifier` of a server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from flext_quality.application.ports.clock import Clock
from flext_quality.application.ports.plugins import NotifierPlugin
from flext_quality.infrastructure.notifications.addresses import AddressPolicy
from flext_quality.infrastructure.notifications.apprise_sender import AppriseSender
from flext_quality.infrastructure.notifications.http_poster import GuardedHttpPoster
from flext_quality.infrastructure.notifications.notifier import OutsideNotifier
from flext_quality.infrastructure.notifications.plugin_sender import PluginSender
from flext_quality.infrastructure.notifications.webhook import WebhookSender


@asynccontextmanager
async def outside_notifier(
    clock: Clock,
    allowed_hosts: Sequence[str],
    schemes: Sequence[str],
    timeout_seconds: float,
    plugins: Mapping[str, NotifierPlugin],
) -> AsyncIterator[OutsideNotifier]:
    """A notifier whose connections end with the block."""
    policy = AddressPolicy(allowed_hosts)
    http = GuardedHttpPoster(policy)
    webhooks = WebhookSender(http, clock, timeout_seconds)
    apprise = AppriseSender(policy, schemes, timeout_seconds)
    yield OutsideNotifier(webhooks, apprise, PluginSender(plugins, timeout_seconds))
    await http.close()
