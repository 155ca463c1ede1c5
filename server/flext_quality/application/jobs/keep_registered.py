"""Keeps a server known in the registry, whatever happens to the registry."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import structlog

from flext_quality.application.ports.discovery import ServiceInstance, ServiceRegistry
from flext_quality.domain.result import FlextResult
from flext_quality.domain.system.errors import ServerNotRegisteredError

_log = structlog.get_logger(__name__)

_LEAVE_SECONDS = 2.0
"""How long a server that ends waits for the registry. It is forgotten there in any case, with its TTL."""


@dataclass
class KeepRegistered:
    """Registers the instance, then says that it lives each time it is called.

    A registry that is away is told in the log once, and the next call tries again. One that has forgotten
    the instance gets its registration anew.
    """

    registry: ServiceRegistry
    instance: ServiceInstance
    ttl_seconds: float
    _is_registered: bool = field(default=False, init=False)
    _is_away: bool = field(default=False, init=False)

    async def __call__(self) -> str:
        """One heartbeat. Says what came of it; never raises for what the registry does."""
        result = await self._heartbeat()
        if result.error is None:
            if self._is_away:
                _log.info("registry is back", instance=self.instance.instance_id)
            self._is_away = False
            return "registered"
        if not self._is_away:
            _log.warning("not registered", why=result.error.message)
        self._is_away = True
        return result.error.message

    async def leave(self) -> None:
        """Deregisters; gives up soon if the registry does not answer."""
        try:
            async with asyncio.timeout(_LEAVE_SECONDS):
                error = (await self.registry.deregister(self.instance)).error
        except TimeoutError:
            _log.warning("not deregistered", why="the registry does not answer in time")
            return
        self._is_registered = False
        if error is not None:
            _log.warning("not deregistered", why=error.message)

    async def _heartbeat(self) -> FlextResult[None]:
        if self._is_registered:
            result = await self.registry.heartbeat(self.instance)
            if not isinstance(result.error, ServerNotRegisteredError):
                return result
            _log.warning("the registry has forgotten this server; it registers again")
        result = await self.registry.register(self.instance, self.ttl_seconds)
        if result.error is None:
            self._is_registered = True
            _log.info("registered", service=self.instance.name, instance=self.instance.instance_id)
        return result
