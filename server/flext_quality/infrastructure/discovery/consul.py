"""Consul as a registry, through the HTTP API of the agent beside the server.

https://developer.hashicorp.com/consul/api-docs/agent/service and …/agent/check and …/health.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec

from flext_quality.application.ports.discovery import ServiceInstance
from flext_quality.domain.result import FlextResult
from flext_quality.domain.system.errors import RegistryUnavailableError, ServerNotRegisteredError
from flext_quality.infrastructure.discovery.addresses import host_and_port

if TYPE_CHECKING:
    import httpx

_NAME = "consul"
_SECONDS = 2.0
"""How long the agent may take to take a connection, and for each step of its answer."""
_FORGET_AFTER_TTLS = 10
_FORGET_AT_LEAST_SECONDS = 60.0
"""Consul takes an instance away that has been critical for so long; it never does so earlier than this."""

_ENDPOINT = "endpoint_"
_VERSION = "version"
_NOT_FOUND = 404
_OK = 200
# Consul before 1.11 answers 500 and these words for a check that it does not know.
_UNKNOWN_CHECK = ("Unknown check", "does not have associated TTL")


class ConsulServiceRegistry:
    """Registers a service with a TTL check, and finds those whose checks pass.

    Capabilities are the service's tags; version and endpoints are in its meta data, the gRPC endpoint in
    its address and port too.
    """

    def __init__(self, url: str, token: str = "") -> None:
        self._url = url.rstrip("/")
        self._headers = {"X-Consul-Token": token} if token else {}
        self._opened: httpx.AsyncClient | None = None

    async def register(self, instance: ServiceInstance, ttl_seconds: float) -> FlextResult[None]:
        """See the port."""
        done = await self._ask(
            "PUT",
            "/v1/agent/service/register?replace-existing-checks=true",
            _registration(instance, ttl_seconds),
        )
        return done.map(lambda _: None)

    async def heartbeat(self, instance: ServiceInstance) -> FlextResult[None]:
        """See the port."""
        check = quote(_check(instance), safe="")
        done = await self._ask("PUT", f"/v1/agent/check/pass/{check}", missing=instance.instance_id)
        return done.map(lambda _: None)

    async def deregister(self, instance: ServiceInstance) -> FlextResult[None]:
        """See the port."""
        service = quote(instance.instance_id, safe="")
        path = f"/v1/agent/service/deregister/{service}"
        done = await self._ask("PUT", path, missing=instance.instance_id)
        if isinstance(done.error, ServerNotRegisteredError):
            return FlextResult.ok(None)
        return done.map(lambda _: None)

    async def find(self, name: str) -> FlextResult[tuple[ServiceInstance, ...]]:
        """See the port."""
        found = await self._ask("GET", f"/v1/health/service/{quote(name, safe='')}?passing=true")
        return found.and_then(_instances)

    async def close(self) -> None:
        """See the port."""
        if self._opened is not None:
            await self._opened.aclose()
            self._opened = None

    async def _ask(
        self, method: str, path: str, body: object = None, *, missing: str = ""
    ) -> FlextResult[bytes]:
        """The answer. With `missing`, an agent that knows no such thing means that this is not known."""
        # Imported by the first use: nobody else should wait for it.
        import httpx

        try:
            answer = await self._client().request(method, f"{self._url}{path}", json=body)
        except (httpx.HTTPError, httpx.InvalidURL):
            return FlextResult.fail(RegistryUnavailableError(_NAME, "does not answer"))
        if answer.status_code == _OK:
            return FlextResult.ok(answer.content)
        if missing and (
            answer.status_code == _NOT_FOUND or any(w in answer.text for w in _UNKNOWN_CHECK)
        ):
            return FlextResult.fail(ServerNotRegisteredError(missing))
        why = f"refuses (HTTP {answer.status_code})"
        return FlextResult.fail(RegistryUnavailableError(_NAME, why))

    def _client(self) -> httpx.AsyncClient:
        if self._opened is None:
            import httpx

            # The agent is the one that the operator named: no proxy stands between.
            self._opened = httpx.AsyncClient(
                timeout=_SECONDS, headers=self._headers, trust_env=False
            )
        return self._opened


def _check(instance: ServiceInstance) -> str:
    return f"service:{instance.instance_id}"


def _registration(instance: ServiceInstance, ttl_seconds: float) -> dict[str, Any]:
    forget = max(_FORGET_AT_LEAST_SECONDS, ttl_seconds * _FORGET_AFTER_TTLS)
    described: dict[str, Any] = {
        "ID": instance.instance_id,
        "Name": instance.name,
        "Tags": list(instance.capabilities),
        "Meta": {
            _VERSION: instance.version,
            **{f"{_ENDPOINT}{purpose}": at for purpose, at in instance.endpoints.items()},
        },
        "Check": {
            "CheckID": _check(instance),
            "Name": "heartbeat",
            "TTL": f"{max(1, round(ttl_seconds * 1000))}ms",
            "Status": "passing",
            "DeregisterCriticalServiceAfter": f"{round(forget)}s",
        },
    }
    address = host_and_port(instance.endpoints.get("grpc", ""))
    if address is not None:
        described["Address"], described["Port"] = address
    return described


class _Service(msgspec.Struct, rename="pascal"):
    id: str = msgspec.field(name="ID")
    service: str
    tags: list[str] | None = None
    meta: dict[str, str] | None = None


class _Entry(msgspec.Struct, rename="pascal"):
    service: _Service


_entries = msgspec.json.Decoder(list[_Entry])


def _instances(answer: bytes) -> FlextResult[tuple[ServiceInstance, ...]]:
    try:
        services = [entry.service for entry in _entries.decode(answer)]
    except msgspec.DecodeError:
        why = "answers something that cannot be read"
        return FlextResult.fail(RegistryUnavailableError(_NAME, why))
    services.sort(key=lambda service: service.id)
    return FlextResult.ok(tuple(_instance(service) for service in services))


def _instance(service: _Service) -> ServiceInstance:
    meta = service.meta or {}
    endpoints = {
        key.removeprefix(_ENDPOINT): value
        for key, value in meta.items()
        if key.startswith(_ENDPOINT)
    }
    return ServiceInstance(
        service.id, service.service, meta.get(_VERSION, ""), endpoints, tuple(service.tags or ())
    )
