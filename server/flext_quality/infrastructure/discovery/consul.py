"""Consul as a registry, through the HTTP API of the agent beside the server.

https://developer.hashicorp.com/consul/api-docs/agent/service and …/agent/check and …/health.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import msgspec

from flext_quality.application.ports.discovery import ServiceInstance
from flext_quality.application.ports.http_client import HttpClient, HttpRequest
from flext_quality.domain.errors import QualityError
from flext_quality.domain.result import FlextResult
from flext_quality.domain.system.errors import (
    CircuitOpenError,
    ExternalHostNotAllowedError,
    RegistryUnavailableError,
    ServerNotRegisteredError,
)
from flext_quality.infrastructure.discovery.addresses import host_and_port
from flext_quality.infrastructure.discovery.guarded import DEPENDENCY, LEFT_ALONE

_NAME = "consul"
_SECONDS = 2.0
"""How long the agent, which is near, may take to answer."""
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
    its address and port too. The client asks by the registry's policy.
    """

    def __init__(self, http: HttpClient, url: str, token: str = "") -> None:
        self._http = http
        self._url = url.rstrip("/")
        self._headers = {"Content-Type": "application/json"}
        if token:
            self._headers["X-Consul-Token"] = token

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
        """See the port. The client is closed by who made it."""

    async def _ask(
        self, method: str, path: str, body: object = None, *, missing: str = ""
    ) -> FlextResult[bytes]:
        """The answer. With `missing`, an agent that knows no such thing means that this is not known."""
        asked = await self._http.send(
            HttpRequest(
                method,
                f"{self._url}{path}",
                self._headers,
                b"" if body is None else msgspec.json.encode(body),
                dependency=DEPENDENCY,
                timeout=_SECONDS,
            )
        )
        if asked.error is not None:
            return FlextResult.fail(RegistryUnavailableError(_NAME, _why(asked.error)))
        answer = asked.unwrap()
        if answer.status == _OK:
            return FlextResult.ok(answer.content)
        text = answer.content.decode("utf-8", "replace")
        if missing and (answer.status == _NOT_FOUND or any(w in text for w in _UNKNOWN_CHECK)):
            return FlextResult.fail(ServerNotRegisteredError(missing))
        why = f"refuses (HTTP {answer.status})"
        return FlextResult.fail(RegistryUnavailableError(_NAME, why))


def _why(error: QualityError) -> str:
    """Why there is no answer."""
    if isinstance(error, CircuitOpenError):
        return LEFT_ALONE
    if isinstance(error, ExternalHostNotAllowedError):
        return f"may not be asked: {error.message}"
    return "does not answer"


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
