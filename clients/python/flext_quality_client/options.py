"""How a client connects and how patient it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flext.quality.v1.heartbeat_pb2 import Heartbeat
from flext_quality_client.errors import QualityError

MAX_RECEIVE_BYTES = 64 * 1024 * 1024
"""Larger messages are refused. gRPC's own limit, 4 MiB, is little for a batch of long findings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientOptions:
    """How patient a client is. Times are in seconds.

    Attributes:
        timeout: how long one try of a unary call may take.
        max_attempts: how often a unary call is tried when the server is UNAVAILABLE, in all.
        give_up_after: how long a stream may bring nothing while its connection is broken, over all
            tries to resume it, before its error is raised.
        correlation_id: names every call of this client in the server's log; empty for a new id for
            each call. Printable ASCII.
        tracing: whether every call is a span of the program's OpenTelemetry traces, which the server goes
            on with. Needs the extra: `pip install "flext-quality-client[tracing]"`.
    """

    timeout: float = 30.0
    max_attempts: int = 5
    give_up_after: float = 60.0
    correlation_id: str = ""
    tracing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchOptions:
    """What a watcher wants to hear beside the events.

    Attributes:
        heartbeat_interval: how many seconds of silence bring a heartbeat, 0.1 to 300; None for the
            server's own setting.
        on_heartbeat: is called with each heartbeat.
        on_interruption: is called with the reason whenever the connection broke and the watch is
            about to resume.
    """

    heartbeat_interval: float | None = None
    on_heartbeat: Callable[[Heartbeat], None] | None = None
    on_interruption: Callable[[QualityError], None] | None = None


def channel_arguments(target: str) -> list[tuple[str, Any]]:
    """The gRPC channel arguments for `target`, "127.0.0.1:50051" or "unix:/run/quality.sock"."""
    return [
        ("grpc.max_receive_message_length", MAX_RECEIVE_BYTES),
        # A connection that died silently is noticed while a call waits on it; servers by default
        # object to pings that come more often without data, and heartbeats are data.
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.keepalive_timeout_ms", 10_000),
        # Reconnect about as eagerly as calls are repeated; gRPC alone would wait up to 2 minutes.
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.min_reconnect_backoff_ms", 5_000),
        ("grpc.max_reconnect_backoff_ms", 5_000),
        # http_proxy in the environment is not meant for this machine.
        ("grpc.enable_http_proxy", 0 if _is_local(target) else 1),
    ]


def _is_local(target: str) -> bool:
    host = target.removeprefix("dns:").removeprefix("ipv4:").removeprefix("ipv6:").lstrip("/")
    return host.startswith(("unix:", "unix-abstract:", "localhost:", "127.", "[::1]"))
