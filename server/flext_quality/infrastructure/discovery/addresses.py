"""Addresses that others can connect to."""

from __future__ import annotations

import socket

_EVERYWHERE = frozenset({"", "0.0.0.0", "::", "[::]"})  # noqa: S104  # recognised, not listened on


def host_and_port(address: str) -> tuple[str, int] | None:
    """Of "host:port", with the brackets of an IPv6 host taken off; None for anything else."""
    host, colon, port = address.rpartition(":")
    if not colon or not host or not port.isdecimal() or host.startswith("unix"):
        return None
    return host.strip("[]"), int(port)


def reachable(address: str, advertised_host: str = "") -> str:
    """Where others reach a server that listens at `address`.

    With another host, if one is advertised; for a server that listens everywhere, with this machine's
    name.
    """
    split = host_and_port(address)
    if split is None:
        return address
    host, port = split
    if advertised_host:
        host = advertised_host.strip("[]")
    elif host in _EVERYWHERE:
        host = socket.gethostname()
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
