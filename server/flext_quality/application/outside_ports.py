"""What the use cases need of the world outside: other services, brokers, people.

Beside `ports.py`, and read like it: the comments promise what the signatures cannot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from flext_quality.domain.event import AnyEvent
from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.result import FlextResult

# --- events: out --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PublicEvent:
    """An event as it leaves the service.

    Attributes:
        id: no other event has it; who gets an event twice knows it by that.
        type: what happened, with the version of the contract.
        subject: to what: the resource name of a project or an analysis.
        sequence: its place among the subject's events, from 1 without a gap.
        aggregate: the kind of thing that the subject is, which is a topic of its own.
        schema: names the JSON Schema of `data`.
        data: the event's values, as JSON.
        traceparent: of the trace in which it happened (W3C Trace Context), if that is known.
    """

    id: str
    type: str
    subject: str
    sequence: int
    aggregate: str
    time: datetime
    schema: str
    data: Mapping[str, Any]
    traceparent: str = ""


class EventRenderer(Protocol):
    """Gives events the form in which they leave the service."""

    def render(self, event: AnyEvent) -> PublicEvent:
        """The event in the contract's words; nothing in it is for the service alone."""
        ...


class EventPublisher(Protocol):
    """Hands events over to a message broker."""

    async def publish(self, events: Sequence[PublicEvent], seconds: float) -> int:
        """Publishes events in order; how many of the first the broker has confirmed, at least one.

        What was not confirmed may have been published nevertheless, but then everything before it was.
        Takes about `seconds` at most.

        Raises:
            BrokerUnavailableError: none was confirmed.
        """
        ...

    async def close(self) -> None:
        """Ends the connection."""
        ...


# --- commands: in -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Command:
    """What somebody asks for through a broker. `id` is the sender's, who is called `source`."""

    id: str
    source: str
    type: str
    data: Mapping[str, Any]


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
        """It is dealt with and does not come again."""
        ...

    async def retry(self) -> None:
        """It comes again after a while; others do not wait for it."""
        ...

    async def hold(self) -> None:
        """It is still being dealt with: it does not come again for another while."""
        ...

    async def bury(self, reason: str) -> None:
        """Puts it, with the reason, where people look at what could not be dealt with."""
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


# --- secrets at rest ------------------------------------------------------------------------------


class SecretBox(Protocol):
    """Keeps secrets that are stored (of webhooks, tokens) unreadable without the operator's keys.

    There may be several keys: the first encrypts, all decrypt, so that a key can be replaced.
    """

    def encrypt(self, secret: str) -> FlextResult[str]:
        """What to store in place of the secret: ASCII, another text each time.

        Fails with an `InvalidFieldError` that names the setting if there is no key.
        """
        ...

    def decrypt(self, stored: str) -> FlextResult[str]:
        """The secret. Fails like `encrypt`, also if no key fits or the text was tampered with."""
        ...

    def rotate(self, stored: str) -> FlextResult[str]:
        """What to store so that the first key alone decrypts it: `stored` itself if it does already.

        Fails as `decrypt`.
        """
        ...


# --- feature flags --------------------------------------------------------------------------------


class FeatureFlags(Protocol):
    """What the operator switches for single projects."""

    def is_on(self, flag: str, project: ProjectName, *, default: bool) -> bool:
        """Whether the flag is on for the project; `default` if the operator says nothing of it."""
        ...
