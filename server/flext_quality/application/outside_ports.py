"""What the application needs of the world around the server: ports, each with its promise."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from flext_quality.domain.event import AnyEvent, BreakerState
from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.result import FlextResult

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


# --- resilience -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BreakerChange:
    """A dependency's circuit breaker went from one state to another, as this process saw it.

    Attributes:
        is_known: another process has found out, and told of it.
    """

    dependency: str
    before: BreakerState
    after: BreakerState
    is_known: bool = False


class BreakerListener(Protocol):
    """Is told each change of a circuit breaker's state."""

    def breaker_changed(self, change: BreakerChange) -> None:
        """Takes note; quick, and never raises."""
        ...


# --- HTTP out -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What is asked of another server.

    Attributes:
        url: http or https, without a user name.
        headers: Those that are secret are not sent on to another origin by a redirect; see the adapter.
        dependency: Whose policy holds, for example "slack"; empty: that of the URL's host.
        retry: Whether to ask again after a transient failure; None: if the method is safe or idempotent.
        follow_redirects: False: a redirect is an answer like others.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    dependency: str = ""
    retry: bool | None = None
    follow_redirects: bool = True


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What was answered, decoded and whole.

    Attributes:
        headers: Names in lower case; the values of one that came several times are joined by ", ".
        url: What answered, after redirects.
        from_cache: Whether no server was asked, or only whether nothing had changed.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes
    url: str
    from_cache: bool = False


class HttpClient(Protocol):
    """Asks other servers, those only that the operator allowed."""

    async def send(self, request: HttpRequest) -> FlextResult[HttpAnswer]:
        """The answer, whatever its status; a failure is an error of `outside_errors`.

        Statuses that say "later" (429, 500, 502, 503, 504) count as failures of the dependency; when the
        last attempt gets one too, it is the answer.
        """
        ...


# --- cache ----------------------------------------------------------------------------------------


class Cache(Protocol):
    """Bytes under keys, for a while. What it holds may be gone at any time; it never fails.

    TTLs are seconds; each is shortened by up to a tenth at random, so that what was stored together does
    not end together.
    """

    async def get(self, key: str) -> bytes | None:
        """The value; None if there is none (any more)."""
        ...

    async def set(self, key: str, value: bytes, ttl: float) -> None:
        """Keeps a value, in place of the one before."""
        ...

    async def delete(self, key: str) -> None:
        """Forgets a value. One that is being computed at this moment may still be kept."""
        ...

    async def get_or_compute(
        self, key: str, ttl: float, compute: Callable[[], Awaitable[bytes]]
    ) -> bytes:
        """The value; computed, and kept, if there is none.

        Those who ask for the same key meanwhile wait for the one computation. If it fails, all of them
        get its error and nothing is kept. A caller who gives up does not end it for the others.
        """
        ...


# --- health ------------------------------------------------------------------------------------------


class HealthCheck(Protocol):
    """Whether something that the server depends on is there. Registered with its adapter."""

    @property
    def name(self) -> str:
        """Lower case, as operators see it."""
        ...

    async def check(self) -> FlextResult[str]:
        """What there is to say of it where it is well. Fails with the error that calls would meet.

        It may hang: who asks sees to a limit.
        """
        ...


# --- traces --------------------------------------------------------------------------------------------


class Tracing(Protocol):
    """Spans, which tell where the time of a call or of an analysis went."""

    @property
    def context(self) -> str:
        """The current span as a W3C `traceparent`; empty where there is none."""
        ...

    def job(
        self, name: str, context: str, attributes: Mapping[str, str]
    ) -> AbstractContextManager[None]:
        """A span for work that was asked for in `context`, wherever that was; one of its own without.

        What is done within, in the tasks that are started within too, belongs to it. An exception that
        leaves it makes it one that failed.
        """
        ...

    def span(self, name: str, attributes: Mapping[str, str]) -> AbstractContextManager[None]:
        """A span for a part of the current one."""
        ...


# --- metrics -----------------------------------------------------------------------------------------


class Instruments(Protocol):
    """Counts and measures what the server does. Every call is quick and never fails."""

    def call_ended(self, method: str, code: str, seconds: float) -> None:
        """A call of "/package.Service/Method" ended with a status of this name."""
        ...

    def committed(self, events: Sequence[AnyEvent]) -> None:
        """These events are lasting."""
        ...

    def looked_up(self, cache: str, *, hits: int, misses: int) -> None:
        """So many entries were found, and so many not, in the cache of this name."""
        ...

    def breaker_changed(self, dependency: str, state: str) -> None:
        """The circuit breaker of a dependency is now "closed", "open" or "half_open"."""
        ...

    def lagging(self, consumer: str, *, events: int, seconds: float) -> None:
        """A reader of the event log has so many events before it, the oldest of this age."""
        ...


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
        traceparent: W3C Trace Context, of the call that asked for the analysis; else empty.
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


# --- discovery ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ServiceInstance:
    """A server, as a registry knows it.

    Attributes:
        instance_id: unlike that of any other server, and a new one at each start.
        name: that of the service, which all its servers share.
        endpoints: what to connect to, by purpose: "grpc" ("host:port" or "unix:/path"), "health" and
            "metrics" (URLs), each where there is one.
        capabilities: words as in `domain/capabilities.py`, in alphabetical order.
    """

    instance_id: str
    name: str
    version: str
    endpoints: Mapping[str, str]
    capabilities: tuple[str, ...] = ()


class ServiceRegistry(Protocol):
    """Where servers make themselves known and clients find them.

    Every method fails with `RegistryUnavailableError` if the registry does not answer within a few
    seconds; none hangs, and none raises for it.
    """

    async def register(self, instance: ServiceInstance, ttl_seconds: float) -> FlextResult[None]:
        """Makes it known for `ttl_seconds` from now on.

        Of an instance that is known already, it replaces everything.
        """
        ...

    async def heartbeat(self, instance: ServiceInstance) -> FlextResult[None]:
        """Keeps it known for another `ttl_seconds`, those of its registration.

        Fails with `ServerNotRegisteredError` if it is not known any more, or never was.
        """
        ...

    async def deregister(self, instance: ServiceInstance) -> FlextResult[None]:
        """Makes it unknown at once. Succeeds too if it is not known."""
        ...

    async def find(self, name: str) -> FlextResult[tuple[ServiceInstance, ...]]:
        """The servers of this service that are known now, ordered by `instance_id`.

        One whose time is over is none of them.
        """
        ...

    async def close(self) -> None:
        """Ends the connections. Nobody becomes unknown by it."""
        ...
