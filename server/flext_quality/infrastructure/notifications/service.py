"""Makes the `Notifier` of a server."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from flext_quality.application.ports.clock import Clock
from flext_quality.application.ports.http_client import HttpClient
from flext_quality.application.ports.plugins import NotifierPlugin
from flext_quality.infrastructure.http.addresses import AllowedHosts
from flext_quality.infrastructure.notifications.apprise_sender import AppriseSender
from flext_quality.infrastructure.notifications.notifier import OutsideNotifier
from flext_quality.infrastructure.notifications.plugin_sender import PluginSender
from flext_quality.infrastructure.notifications.webhook import WebhookSender


@dataclass(frozen=True, slots=True)
class NotifierOptions:
    """See the settings. `senders`: to how many targets at once."""

    apprise_schemes: Collection[str]
    timeout_seconds: float
    senders: int


@contextmanager
def outside_notifier(
    clock: Clock,
    http: HttpClient,
    rules: AllowedHosts,
    options: NotifierOptions,
    plugins: Mapping[str, NotifierPlugin],
) -> Iterator[OutsideNotifier]:
    """A notifier whose threads end with the block."""
    webhooks = WebhookSender(http, clock, options.timeout_seconds)
    apprise = AppriseSender(
        http,
        rules,
        options.apprise_schemes,
        options.timeout_seconds,
        ThreadPoolExecutor(options.senders, "apprise"),
    )
    yield OutsideNotifier(webhooks, apprise, PluginSender(plugins, options.timeout_seconds))
    apprise.close()
