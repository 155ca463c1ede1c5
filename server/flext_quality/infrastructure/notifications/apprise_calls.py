"""Calls of apprise, all of which block. Importing it costs 300 ms and 20 MB."""

from __future__ import annotations

import logging
from functools import cache
from typing import Any

from apprise import Apprise, AppriseAsset, NotifyFormat
from apprise.plugins.base import NotifyBase

from flext_quality.application.ports.http_client import HttpAnswer, HttpRequest
from flext_quality.domain.result import FlextResult
from flext_quality.infrastructure.http.for_requests import ClientTransport, all_requests_through

_MAX_SOCKET_SECONDS = 10.0


def instance_of(url: str, timeout: float) -> NotifyBase | None:
    """What sends to an apprise URL within about `timeout` seconds; None if apprise does not understand it."""
    logger = logging.getLogger("apprise")
    logger.propagate = False
    # Whatever our own log's level is: deliveries keep what it says.
    logger.setLevel(logging.WARNING)
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    # No plugins from disk, nothing kept on it, nothing in the URL's place taken from the environment.
    asset = AppriseAsset(
        app_id="FLEXT Quality",
        app_desc="FLEXT Quality",
        app_url="",
        plugin_paths=[],
        storage_path=None,
        secure_logging=True,
    )
    found = Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
    if found is not None:
        # We retry by ourselves; what is slow must end before its claim does.
        found.socket_connect_timeout = min(timeout, _MAX_SOCKET_SECONDS)
        found.socket_read_timeout = min(timeout, _MAX_SOCKET_SECONDS)
        found.request_rate_per_sec = 0
    return found


def notify(
    instance: NotifyBase,
    title: str,
    body: str,
    *,
    is_html: bool,
    transport: ClientTransport,
    heard: list[str],
) -> bool:
    """Whether the service took the message.

    Its HTTP requests go through `transport`; what apprise says of it is added to `heard`.
    """

    def hear(entry: Any, _service: object = None) -> None:
        heard.append(str(entry.message))

    service = Apprise(asset=instance.asset)
    service.add(instance)
    with all_requests_through(transport):
        return bool(
            service.notify(
                body=body,
                title=title,
                body_format=NotifyFormat.HTML if is_html else NotifyFormat.TEXT,
                interpret_escapes=False,
                log_callback=hear,
                log_level=logging.WARNING,
            )
        )


@cache
def asks_our_client() -> bool:
    """Whether what apprise sends really comes to us, tried once without asking anybody.

    How it gets there depends on apprise, any later version of which may be installed.
    """
    asked: list[str] = []

    def ask(request: HttpRequest) -> FlextResult[HttpAnswer]:
        asked.append(request.url)
        return FlextResult.ok(HttpAnswer(200, {}, b"", request.url))

    probe = instance_of("json://nobody.invalid/", 1.0)
    if probe is not None:
        notify(probe, "", "x", is_html=False, transport=ClientTransport(ask), heard=[])
    return bool(asked)
