"""Waits until a service that a test needs answers."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx

from flext_quality.rpc.system.health_probe import SERVING, ask_health

_PAUSE_SECONDS = 0.05
_TRY_SECONDS = 2.0
_GOOD_BELOW = 400


class ServiceNotReadyError(Exception):
    """It did not answer in time. The message says what it did last."""


def wait_for_external_service(url: str, timeout: float = 30.0) -> None:
    """Returns as soon as the service answers.

    `tcp://host:port` and `unix:///path`: it takes connections. `http://…` and `https://…`: it answers with
    a status below 400. `grpc://host:port`: its health is SERVING (grpc.health.v1, of the server as a whole,
    or of the service that the path names).

    Raises:
        ServiceNotReadyError: it did not within `timeout` seconds.
        ValueError: the URL is none of these.
    """
    attempt = _attempt(url)
    end = time.monotonic() + timeout
    while True:
        problem = attempt(max(0.01, min(_TRY_SECONDS, end - time.monotonic())))
        if not problem:
            return
        if time.monotonic() >= end:
            raise ServiceNotReadyError(f"{url} is not ready after {timeout:g} s: {problem}")
        time.sleep(min(_PAUSE_SECONDS, max(0.0, end - time.monotonic())))


def _attempt(url: str) -> Callable[[float], str]:
    """What tries once, within so many seconds, and says what is wrong; nothing if all is well."""
    parts = urlsplit(url)
    if parts.scheme in {"http", "https"} and parts.hostname:
        return lambda seconds: _http(url, seconds)
    if parts.scheme == "grpc" and parts.netloc:
        return lambda seconds: _grpc(parts.netloc, parts.path.strip("/"), seconds)
    if parts.scheme == "tcp" and parts.hostname and parts.port:
        address = (parts.hostname, parts.port)
        return lambda seconds: _connects(lambda: socket.create_connection(address, seconds).close())
    if parts.scheme == "unix" and parts.path:
        return lambda seconds: _connects(lambda: _unix(parts.path, seconds))
    raise ValueError(f"{url!r} is no tcp://, unix://, http://, https:// or grpc:// address")


def _connects(connect: Callable[[], None]) -> str:
    try:
        connect()
    except OSError as error:
        return str(error)
    return ""


def _unix(path: str, seconds: float) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(seconds)
        connection.connect(path)


def _http(url: str, seconds: float) -> str:
    try:
        answer = httpx.get(url, timeout=seconds, trust_env=False)
    except httpx.HTTPError as error:
        return f"{type(error).__name__}: {error}"
    return "" if answer.status_code < _GOOD_BELOW else f"HTTP {answer.status_code}"


def _grpc(target: str, service: str, seconds: float) -> str:
    status = ask_health(target, service, seconds)
    return "" if status == SERVING else status
