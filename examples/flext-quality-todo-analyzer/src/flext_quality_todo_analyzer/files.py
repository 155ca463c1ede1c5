"""Messages and events in files: the smallest notifier, publisher and health check."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Sequence
from pathlib import Path

from flext_quality.application.ports.events import PublicEvent
from flext_quality.application.ports.plugins import PluginContext
from flext_quality.application.ports.sending import Message
from flext_quality.domain.errors import BrokerUnavailableError, invalid_field
from flext_quality.domain.notifications.delivery import SendOutcome
from flext_quality.domain.result import FlextResult
from flext_quality.domain.system.errors import ExternalServiceUnavailableError


def create_notifier(context: PluginContext) -> FileNotifier:
    """The factory of the group flext_quality.notifiers."""
    return FileNotifier(context.name, context.data_dir)


def create_publisher(context: PluginContext) -> FilePublisher:
    """The factory of the group flext_quality.publishers."""
    return FilePublisher(context.name, context.data_dir / "events.jsonl")


def create_health_check(context: PluginContext) -> DirectoryCheck:
    """The factory of the group flext_quality.health_checks."""
    of_server = context.data_dir.parents[1]
    return DirectoryCheck(context.name, Path(context.options.get("directory", of_server)))


class FileNotifier:
    """Meets the `NotifierPlugin` protocol: an address is the name of a file in its directory."""

    def __init__(self, name: str, directory: Path) -> None:
        self.name = name
        self._directory = directory

    def check(self, address: str) -> FlextResult[None]:
        """Nobody writes outside of the plugin's directory."""
        if address.isalnum():
            return FlextResult.ok(None)
        return FlextResult.fail(
            invalid_field("channel.plugin.address", "has to be a name of letters and digits")
        )

    async def send(self, address: str, message: Message) -> SendOutcome:
        """Adds a line."""
        line = f"{message.title}: {message.body}".replace("\n", " ")
        await asyncio.to_thread(_append, self._directory / f"{address}.txt", [line])
        return SendOutcome(delivered=True, status="written")


class FilePublisher:
    """Meets the `PublisherPlugin` protocol: a line of JSON for each event."""

    def __init__(self, name: str, file: Path) -> None:
        self.name = name
        self._file = file

    async def publish(self, events: Sequence[PublicEvent], seconds: float) -> int:  # noqa: ARG002  # a disk answers at once
        """Adds the events; they are confirmed once they are written."""
        lines = [
            json.dumps({"id": e.id, "type": e.type, "subject": e.subject, "data": dict(e.data)})
            for e in events
        ]
        try:
            await asyncio.to_thread(_append, self._file, lines)
        except OSError as error:
            raise BrokerUnavailableError(f"{error.strerror}") from error
        return len(events)

    async def close(self) -> None:
        """There is no connection."""


class DirectoryCheck:
    """Meets the `HealthCheck` protocol: somebody can write where messages and events go."""

    is_vital = False
    """The server can do its work without these files."""

    def __init__(self, name: str, directory: Path) -> None:
        self.name = name
        self._directory = directory

    async def check(self) -> FlextResult[str]:
        """Asks the file system. Operators see what it says, in health and in `flext-quality doctor`."""
        if await asyncio.to_thread(os.access, self._directory, os.W_OK):
            return FlextResult.ok(f"{self._directory} is writable")
        return FlextResult.fail(ExternalServiceUnavailableError(str(self._directory)))


def _append(file: Path, lines: list[str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as opened:
        opened.writelines(f"{line}\n" for line in lines)
