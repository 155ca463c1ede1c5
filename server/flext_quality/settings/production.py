"""What production refuses: defaults that are right for trying the product out, and wrong for use."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from flext_quality.settings.all_options import AllOptions
from flext_quality.settings.options import Path
from flext_quality.settings.record import DEFAULT, Problem, Record

_UNPROTECTED = (
    "the server would listen beyond this machine without protection (listen on 127.0.0.1 or a socket, or "
    "say FLEXT_API_SECURITY__NETWORK_IS_TRUSTED=true)"
)
_NO_KEY = (
    "there is no key to encrypt the secrets of notifications with (set one, or "
    "FLEXT_API_NOTIFICATIONS__ENABLED=false)"
)


def insecurities(settings: AllOptions, record: Record) -> list[Problem]:
    """What has to be set otherwise before the server may be used in production."""
    if settings.environment != "production":
        return []
    return [
        Problem(path, f"{why}, which production refuses", record.origins.get(path, DEFAULT))
        for path, why in _found(settings)
    ]


def _found(settings: AllOptions) -> Iterator[tuple[Path, str]]:
    security = settings.security
    listens_beyond = settings.api_socket is None and not _is_loopback(settings.api_host)
    if listens_beyond and not security.network_is_trusted:
        yield ("api_host",), _UNPROTECTED
    if settings.notifications.enabled and security.secret_encryption_key is None:
        yield ("security", "secret_encryption_key"), _NO_KEY
    if settings.observability.log_level == "debug":
        yield ("observability", "log_level"), "debug logs details of what clients send"
    if settings.vault.address.startswith("http://"):
        yield ("vault", "address"), "Vault's secrets would cross the network unencrypted"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
