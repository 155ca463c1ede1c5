"""A Consul agent, as far as its documented HTTP API goes for registering, TTL checks and finding.

It refuses what Consul refuses, so that a registration that passes here is one that Consul takes:
https://developer.hashicorp.com/consul/api-docs/agent/service, …/agent/check, …/health, and for meta data
…/consul/docs/services/configuration/services-configuration-reference#meta.
"""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from flext_quality.infrastructure.discovery.consul import ConsulServiceRegistry
from flext_quality.infrastructure.http.client import HttpClientAdapter
from flext_quality.infrastructure.http.options import HttpOptions
from flext_quality.infrastructure.resilience.options import PolicyOptions
from flext_quality.infrastructure.resilience.policy import ResiliencePolicies
from tests.waiting import wait_until

_DURATION = re.compile(r"^(\d+(?:\.\d+)?)(ms|s|m|h)$")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_META_KEY = re.compile(r"^[A-Za-z0-9_-]{1,128}$")


class ConsulByItself(ConsulServiceRegistry):
    """A registry with an HTTP client of its own, which ends with it."""

    def __init__(self, url: str, token: str = "") -> None:
        policies = ResiliencePolicies(lambda _: PolicyOptions(attempts=1))
        self._own = HttpClientAdapter(HttpOptions(), policies)
        super().__init__(self._own, url, token)

    async def close(self) -> None:
        """Ends the client."""
        await self._own.close()


@dataclass
class _Known:
    definition: dict[str, Any]
    ttl: float
    passing_until: float


class _RefusedError(Exception):
    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass
class FakeConsul:
    """The agent. Entering it starts it; `url` is where it answers.

    Attributes:
        token: what X-Consul-Token has to be; empty: anything goes.
        old_words: it answers as before 1.11 about a check that it does not know.
        broken: every answer is a 500 while it is set.
        port: 0 for any free one, and then that.
    """

    token: str = ""
    broken: bool = False
    port: int = 0
    old_words: bool = False
    connections: list[socket.socket] = field(default_factory=list)
    services: dict[str, _Known] = field(default_factory=dict)
    _server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Answers from now on, with all that it knew before."""
        handler = type("Handler", (_Handler,), {"agent": self})

        def listens() -> bool:
            with suppress(OSError):  # somebody's connection has the port for a moment
                self._server = ThreadingHTTPServer(("127.0.0.1", self.port), handler)
            return self._server is not None

        wait_until(listens)
        assert self._server is not None
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Answers no more."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            for connection in self.connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            self.connections.clear()
            self._server = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def register(self, body: Any) -> None:
        """PUT /v1/agent/service/register."""
        if not isinstance(body, dict) or not body.get("Name"):
            raise _RefusedError(400, "Missing service name")
        meta = body.get("Meta") or {}
        if len(meta) > 64 or not all(_META_KEY.match(k) and len(v) <= 512 for k, v in meta.items()):
            raise _RefusedError(400, "Invalid Service Meta")
        if not isinstance(body.get("Port", 0), int):
            raise _RefusedError(400, "Request decode failed")
        check = body.get("Check") or {}
        ttl = _seconds(check.get("TTL", ""))
        _seconds(check.get("DeregisterCriticalServiceAfter", "1m"))
        instance = body.get("ID") or body["Name"]
        until = time.monotonic() + ttl if check.get("Status") == "passing" else 0.0
        known = dict(body, CheckID=check.get("CheckID") or f"service:{instance}")
        self.services[instance] = _Known(known, ttl, until)

    def pass_check(self, check: str) -> None:
        """PUT /v1/agent/check/pass/:check_id."""
        for known in self.services.values():
            if known.definition["CheckID"] == check:
                known.passing_until = time.monotonic() + known.ttl
                return
        status = 500 if self.old_words else 404
        raise _RefusedError(
            status, f'Unknown check ID "{check}". Ensure that the check ID is passed'
        )

    def deregister(self, instance: str) -> None:
        """PUT /v1/agent/service/deregister/:service_id."""
        if self.services.pop(instance, None) is None:
            raise _RefusedError(404, f'Unknown service ID "{instance}"')

    def health(self, name: str, *, only_passing: bool) -> list[dict[str, Any]]:
        """GET /v1/health/service/:service."""
        entries = []
        for instance, known in self.services.items():
            passes = known.passing_until > time.monotonic()
            if known.definition["Name"] != name or (only_passing and not passes):
                continue
            service = {
                "ID": instance,
                "Service": name,
                "Tags": known.definition.get("Tags"),
                "Address": known.definition.get("Address", ""),
                "Port": known.definition.get("Port", 0),
                "Meta": known.definition.get("Meta"),
            }
            status = "passing" if passes else "critical"
            checks = [{"CheckID": known.definition["CheckID"], "Status": status}]
            entries.append({"Node": {"Node": "n1"}, "Service": service, "Checks": checks})
        return entries


class _Handler(BaseHTTPRequestHandler):
    agent: FakeConsul
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        """Keeps the connection, to end it with the agent."""
        super().setup()
        self.agent.connections.append(self.connection)

    def do_PUT(self) -> None:
        self._answer(self._put)

    def do_GET(self) -> None:
        self._answer(self._get)

    def log_message(self, *_: Any) -> None:
        """Says nothing."""

    def _answer(self, work: Callable[[str, bytes], bytes]) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            self._check_access()
            status, content = 200, work(urlsplit(self.path).path, sent)
        except _RefusedError as error:
            status, content = error.status, str(error).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _check_access(self) -> None:
        if self.agent.broken:
            raise _RefusedError(500, "No cluster leader")
        if self.agent.token and self.headers.get("X-Consul-Token") != self.agent.token:
            raise _RefusedError(403, "Permission denied: token lacks permission")

    def _put(self, path: str, sent: bytes) -> bytes:
        last = unquote(path.rpartition("/")[2])
        if path == "/v1/agent/service/register":
            self.agent.register(json.loads(sent))
        elif path.startswith("/v1/agent/check/pass/"):
            self.agent.pass_check(last)
        elif path.startswith("/v1/agent/service/deregister/"):
            self.agent.deregister(last)
        else:
            raise _RefusedError(405, "method not allowed")
        return b""

    def _get(self, path: str, sent: bytes) -> bytes:
        if not path.startswith("/v1/health/service/"):
            raise _RefusedError(404, "no such path")
        passing = "passing" in parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        name = unquote(path.rpartition("/")[2])
        return json.dumps(self.agent.health(name, only_passing=passing)).encode()


def _seconds(duration: str) -> float:
    match = _DURATION.match(duration)
    if match is None:
        raise _RefusedError(400, f"Request decode failed: time: invalid duration {duration!r}")
    return float(match[1]) * _UNITS[match[2]]
