"""The registry in which clients find servers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from flext_quality.domain.result import FlextResult


@dataclass(frozen=True, slots=True)
class ServiceInstance:
    """A server, as a registry knows it.

    Attributes:
        instance_id: unlike that of any other server, and a new one at each start.
        name: that of the service, which all its servers share.
        endpoints: what to connect to, by purpose: "grpc" ("host:port" or "unix:/path"), "health" and
            "metrics" (URLs), each where there is one.
        capabilities: words as in `domain/system/capabilities.py`, in alphabetical order.
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
