"""What plugins are given, and what is known of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from flext_quality.application.ports.events import EventPublisher
from flext_quality.application.ports.http_client import HttpClient, NoHttpClient
from flext_quality.application.ports.sending import Message
from flext_quality.domain.notifications.delivery import SendOutcome
from flext_quality.domain.result import FlextResult

PLUGIN_API = 1
"""Grows when something that plugins rely on changes."""


class PluginGroup(StrEnum):
    """What a plugin brings: the names of the entry points' groups."""

    ANALYZERS = "flext_quality.analyzers"
    NOTIFIERS = "flext_quality.notifiers"
    PUBLISHERS = "flext_quality.publishers"
    REPORT_FORMATS = "flext_quality.report_formats"
    HEALTH_CHECKS = "flext_quality.health_checks"


@dataclass(frozen=True, slots=True)
class PluginContext:
    """What a plugin's factory is called with.

    Attributes:
        name: the entry point's.
        server_version: such as "1.4.0".
        data_dir: a directory of its own, which it makes if it needs it; nobody removes what is there.
        options: what the operator set for it in `plugins.options`.
        api: `PLUGIN_API` of this server.
        http: the server's way to other servers, with the operator's rules. A host that an option names is
            asked with the plugin's name as the request's `dependency`.
    """

    name: str
    server_version: str
    data_dir: Path
    options: Mapping[str, Any] = field(default_factory=dict)
    api: int = PLUGIN_API
    http: HttpClient = field(default_factory=NoHttpClient)


PluginFactory = Callable[[PluginContext], object]
"""What an entry point names. It is called once, when a server starts, and should be quick: it makes what
meets the group's protocol, and starts nothing."""


class NotifierPlugin(Protocol):
    """A kind of channel. Its addresses are the channels' secrets: they are in nothing that it says."""

    @property
    def name(self) -> str:
        """The entry point's."""
        ...

    def check(self, address: str) -> FlextResult[None]:
        """Fails with an `InvalidFieldError` if nothing could ever be sent there. Asks nobody."""
        ...

    async def send(self, address: str, message: Message) -> SendOutcome:
        """Tries once. It is cancelled after `notifications.timeout`; what it raises is a failed attempt."""
        ...


class PublisherPlugin(EventPublisher, Protocol):
    """A broker for events. It connects when it first publishes."""

    @property
    def name(self) -> str:
        """The entry point's."""
        ...


class PluginState(StrEnum):
    """What became of a plugin."""

    LOADED = "loaded"
    DISABLED = "disabled"
    """The operator left it out."""
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin that is installed beside the server.

    Attributes:
        target: "module:factory".
        problem: what is wrong with it, if it is BROKEN.
    """

    group: PluginGroup
    name: str
    distribution: str
    version: str
    target: str
    state: PluginState
    problem: str = ""
