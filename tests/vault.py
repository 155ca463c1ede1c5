"""A server that speaks what of Vault's HTTP API the product uses (developer.hashicorp.com/vault/api-docs)."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.waiting import PATIENCE_SECONDS

Answer = tuple[int, dict[str, Any]]


@dataclass
class FakeVault:
    """Tokens, one Kubernetes role, and secrets by "mount/path". Lives until `stop`.

    Attributes:
        ttl: the life of tokens in seconds; 0 for one without end.
        failures: answers that come first, in their place.
        calls: method and path of every request.
    """

    secrets: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=lambda: {"root-token"})
    role: tuple[str, str] = ("quality", "service-account-jwt")
    ttl: int = 3600
    renewable: bool = True
    sealed: bool = False
    namespace: str = ""
    failures: list[Answer] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        vault = self

        class Handler(BaseHTTPRequestHandler):
            def _handle(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length) or b"{}")
                status, answer = vault.answer(self.command, self.path, self.headers, body)
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args: Any) -> None:
                """Says nothing."""

            do_GET = do_POST = do_PUT = _handle  # noqa: N815  # the base class looks for these

        self._heard = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        """Ends it; connections are refused from then on."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()

    def wait_for(self, call: str, times: int = 1) -> None:
        """Waits until a call was heard so often."""
        with self._heard:
            assert self._heard.wait_for(
                lambda: self.calls.count(call) >= times, PATIENCE_SECONDS
            ), self.calls

    def answer(self, method: str, path: str, headers: Any, body: dict[str, Any]) -> Answer:
        """Status and body, as Vault documents them."""
        with self._heard:
            self.calls.append(f"{method} {path}")
            self._heard.notify_all()
        assert headers["X-Vault-Request"] == "true"
        if self.failures:
            return self.failures.pop(0)
        if self.sealed:
            return 503, {"errors": ["Vault is sealed"]}
        return self._in_order(path, headers, body)

    def _in_order(self, path: str, headers: Any, body: dict[str, Any]) -> Answer:
        if headers.get("X-Vault-Namespace", "") != self.namespace:
            return 404, {"errors": []}
        if path.startswith("/v1/auth/kubernetes/login"):
            return self._log_in(body)
        if headers.get("X-Vault-Token") not in self.tokens:
            return 403, {"errors": ["permission denied", f"token {headers.get('X-Vault-Token')}"]}
        if path == "/v1/auth/token/lookup-self":
            return 200, {"data": {"ttl": self.ttl, "renewable": self.renewable}}
        if path == "/v1/auth/token/renew-self":
            return 200, {"auth": {"lease_duration": self.ttl, "renewable": True}}
        return self._read(path)

    def _log_in(self, body: dict[str, Any]) -> Answer:
        if (body.get("role"), body.get("jwt")) != self.role:
            return 403, {"errors": ["permission denied"]}
        token = f"kubernetes-token-{len(self.calls)}"
        self.tokens.add(token)
        return 200, {
            "auth": {"client_token": token, "lease_duration": self.ttl, "renewable": self.renewable}
        }

    def _read(self, path: str) -> Answer:
        mount, _, rest = path.removeprefix("/v1/").partition("/data/")
        found = self.secrets.get(f"{mount}/{rest}")
        if found is None:
            return 404, {"errors": []}
        return 200, {"data": {"data": found, "metadata": {"version": 1, "destroyed": False}}}
