"""What the application needs of the world around the server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

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
