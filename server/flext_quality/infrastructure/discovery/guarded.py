"""The policy of a registry that is not asked by HTTP: it is left alone for a while when it keeps failing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from flext_quality.application.ports.discovery import ServiceInstance, ServiceRegistry
from flext_quality.domain.errors import QualityError
from flext_quality.domain.result import FlextResult
from flext_quality.domain.system.errors import (
    CircuitOpenError,
    ExternalServiceUnavailableError,
    RegistryUnavailableError,
)
from flext_quality.infrastructure.resilience.policy import ResiliencePolicy

DEPENDENCY = "registry"
"""The policy's name in the settings."""

LEFT_ALONE = "failed too often and is left alone"

T = TypeVar("T")


@dataclass(frozen=True)
class GuardedServiceRegistry:
    """The port `ServiceRegistry`. `kind` is what errors call the registry."""

    registry: ServiceRegistry
    policy: ResiliencePolicy
    kind: str

    async def register(self, instance: ServiceInstance, ttl_seconds: float) -> FlextResult[None]:
        """See the port."""
        return await self._asked(lambda: self.registry.register(instance, ttl_seconds))

    async def heartbeat(self, instance: ServiceInstance) -> FlextResult[None]:
        """See the port."""
        return await self._asked(lambda: self.registry.heartbeat(instance))

    async def deregister(self, instance: ServiceInstance) -> FlextResult[None]:
        """See the port."""
        return await self._asked(lambda: self.registry.deregister(instance))

    async def find(self, name: str) -> FlextResult[tuple[ServiceInstance, ...]]:
        """See the port."""
        return await self._asked(lambda: self.registry.find(name))

    async def close(self) -> None:
        """See the port."""
        await self.registry.close()

    async def _asked(self, ask: Callable[[], Awaitable[FlextResult[T]]]) -> FlextResult[T]:
        async def attempt() -> T:
            return (await ask()).unwrap()

        try:
            return FlextResult.ok(
                await self.policy.call(
                    attempt, transient=lambda error: isinstance(error, RegistryUnavailableError)
                )
            )
        except ExternalServiceUnavailableError as error:
            is_left_alone = isinstance(error, CircuitOpenError)
            why = LEFT_ALONE if is_left_alone else "does not answer"
            return FlextResult.fail(RegistryUnavailableError(self.kind, why))
        except QualityError as error:
            return FlextResult.fail(error)
