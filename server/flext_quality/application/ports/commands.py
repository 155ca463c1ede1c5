"""Commands that come in through a message broker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.result import FlextResult


@dataclass(frozen=True, slots=True)
class Command:
    """What somebody asks for through a broker. `id` is the sender's, who is called `source`.

    Attributes:
        correlation_id: what the analysis and its events are to have; empty: none that was sent.
    """

    id: str
    source: str
    type: str
    data: Mapping[str, Any]
    correlation_id: str = ""


@dataclass(frozen=True, slots=True)
class StartAnalysisCommand:
    """The command to start an analysis; the same `request_id` starts one once."""

    project: ProjectName
    analyzers: tuple[str, ...]
    branch: str
    request_id: str


class CommandDecoder(Protocol):
    """Reads commands."""

    def decode(self, command: Command) -> FlextResult[StartAnalysisCommand]:
        """What is asked for. Fails with `InvalidFieldError`."""
        ...


class Delivery(Protocol):
    """A command that was delivered to this server. It comes again unless it is dealt with."""

    @property
    def command(self) -> FlextResult[Command]:
        """The command. Fails with `InvalidFieldError` if the message is none."""
        ...

    @property
    def attempt(self) -> int:
        """How often it was delivered, to whatever server: 1 for the first time."""
        ...

    async def done(self) -> None:
        """Acknowledges it: it does not come again."""
        ...

    async def retry(self) -> None:
        """It comes again after a while; others do not wait for it."""
        ...

    async def hold(self) -> None:
        """It is still being dealt with: it does not come again for another while."""
        ...

    async def bury(self, reason: str) -> None:
        """Puts it, with the reason, into the dead-letter topic."""
        ...


class MessageQueue(Protocol):
    """Commands from a message broker, each to one server at a time, at least once."""

    async def receive(self) -> Sequence[Delivery]:
        """Some commands; none after waiting a little.

        Raises:
            BrokerUnavailableError: the broker does not answer; so do the methods of `Delivery`.
        """
        ...

    async def close(self) -> None:
        """Ends the connection."""
        ...
