"""A registry within the process, with servers that the operator named: the default."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from flext_quality.application.ports.discovery import ServiceInstance
from flext_quality.domain.result import FlextResult
from flext_quality.domain.system.errors import ServerNotRegisteredError


class StaticServiceRegistry:
    """Knows the given instances for ever, and those that register here for their time."""

    def __init__(
        self,
        instances: Iterable[ServiceInstance] = (),
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seconds = seconds
        self._for_ever = {instance.instance_id: instance for instance in instances}
        # By id: the instance, its TTL, and when it is over.
        self._registered: dict[str, tuple[ServiceInstance, float, float]] = {}

    async def register(self, instance: ServiceInstance, ttl_seconds: float) -> FlextResult[None]:
        """See the port. Never fails."""
        end = self._seconds() + ttl_seconds
        self._registered[instance.instance_id] = (instance, ttl_seconds, end)
        return FlextResult.ok(None)

    async def heartbeat(self, instance: ServiceInstance) -> FlextResult[None]:
        """See the port."""
        self._forget()
        known = self._registered.get(instance.instance_id)
        if known is None:
            return FlextResult.fail(ServerNotRegisteredError(instance.instance_id))
        return await self.register(known[0], known[1])

    async def deregister(self, instance: ServiceInstance) -> FlextResult[None]:
        """See the port. Never fails."""
        self._registered.pop(instance.instance_id, None)
        return FlextResult.ok(None)

    async def find(self, name: str) -> FlextResult[tuple[ServiceInstance, ...]]:
        """See the port. Never fails."""
        self._forget()
        known = self._for_ever | {
            instance_id: instance for instance_id, (instance, _, _) in self._registered.items()
        }
        return FlextResult.ok(tuple(known[i] for i in sorted(known) if known[i].name == name))

    async def close(self) -> None:
        """See the port. There is nothing to end."""

    def _forget(self) -> None:
        now = self._seconds()
        self._registered = {i: known for i, known in self._registered.items() if known[2] > now}
