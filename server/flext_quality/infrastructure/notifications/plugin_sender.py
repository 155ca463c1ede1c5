"""Channels that plugins speak."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

import structlog

from flext_quality.application.ports.plugins import NotifierPlugin
from flext_quality.application.ports.sending import Message
from flext_quality.domain.errors import invalid_field
from flext_quality.domain.notifications.channel import PluginTarget
from flext_quality.domain.notifications.delivery import EXCERPT_CHARACTERS, SendOutcome
from flext_quality.domain.result import FlextResult

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class PluginSender:
    """Sends with plugins, and lets none of them take too long, fail loudly or tell a secret."""

    plugins: Mapping[str, NotifierPlugin]
    timeout_seconds: float

    def check(self, target: PluginTarget, address: str) -> FlextResult[None]:
        """Whether the plugin is there and could ever send to this address."""
        plugin = self.plugins.get(target.plugin)
        if plugin is None:
            there = ", ".join(sorted(self.plugins)) or "none"
            why = f"is no plugin of this server; there are: {there}"
            return FlextResult.fail(invalid_field("notification_channel.plugin.plugin", why))
        try:
            return plugin.check(address)
        except Exception as error:  # noqa: BLE001  # its traceback could hold the address
            why = f"made the plugin fail: {type(error).__name__}"
            return FlextResult.fail(invalid_field("notification_channel.plugin.address", why))

    async def send(self, target: PluginTarget, address: str, message: Message) -> SendOutcome:
        """Tries once."""
        plugin = self.plugins.get(target.plugin)
        if plugin is None:
            return SendOutcome(delivered=False, status="the plugin is not installed any more")
        try:
            async with asyncio.timeout(self.timeout_seconds):
                outcome = await plugin.send(address, message)
            return replace(
                outcome,
                status=_without(address, outcome.status),
                answer=_without(address, outcome.answer)[:EXCERPT_CHARACTERS],
            )
        except TimeoutError:
            return SendOutcome(delivered=False, status=f"no answer in {self.timeout_seconds:g} s")
        except Exception as error:  # noqa: BLE001  # a plugin may do anything
            _log.warning("a notifier failed", plugin=target.plugin, error=type(error).__name__)
            return SendOutcome(delivered=False, status=f"failed: {type(error).__name__}")


def _without(secret: str, text: str) -> str:
    return text.replace(secret, "***")
