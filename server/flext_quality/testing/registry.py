"""A registry of services that remembers what it was asked and can be away."""

# ruff: noqa: D102  # the ports say what their methods promise

from __future__ import annotations

from dataclasses import dataclass, field

from flext_quality.application.ports.discovery import ServiceInstance
from flext_quality.domain.result import FlextResult
from flext_quality.domain.system.errors import RegistryUnavailableError
from flext_quality.infrastructure.discovery.static import StaticServiceRegistry


@dataclass
class FakeServiceRegistry:
    """With `is_away`, nothing answers; `calls` has each call's name and id. `forget` forgets everybody."""

    is_away: bool = False
    calls: list[tuple[str, str]] = field(default_factory=list)
    _known: StaticServiceRegistry = field(default_factory=StaticServiceRegistry)

    def forget(self) -> None:
        self._known = StaticServiceRegistry()

    async def register(self, instance: ServiceInstance, ttl_seconds: float) -> FlextResult[None]:
        away = self._asked("register", instance.instance_id)
        return away or await self._known.register(instance, ttl_seconds)

    async def heartbeat(self, instance: ServiceInstance) -> FlextResult[None]:
        away = self._asked("heartbeat", instance.instance_id)
        return away or await self._known.heartbeat(instance)

    async def deregister(self, instance: ServiceInstance) -> FlextResult[None]:
        away = self._asked("deregister", instance.instance_id)
        return away or await self._known.deregister(instance)

    async def find(self, name: str) -> FlextResult[tuple[ServiceInstance, ...]]:
        away = self._asked("find", name)
        if away is not None and away.error is not None:
            return FlextResult.fail(away.error)
        return await self._known.find(name)

    async def close(self) -> None:
        self.calls.append(("close", ""))

    def _asked(self, method: str, what: str) -> FlextResult[None] | None:
        self.calls.append((method, what))
        if self.is_away:
            return FlextResult.fail(RegistryUnavailableError("fake", "does not answer"))
        return None
