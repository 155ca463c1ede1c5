"""Which addresses messages may go to: those that any other request may go to, whatever the host is called."""

from __future__ import annotations

from collections.abc import Sequence

from flext_quality.domain.system.errors import ExternalHostNotAllowedError
from flext_quality.infrastructure.http.addresses import AllowedHosts, resolve


class AddressRefusedError(Exception):
    """The host is not allowed, or has an address that is not."""


class HostUnknownError(Exception):
    """The host has no address."""


class AddressPolicy:
    """Only public addresses, but for hosts that the operator allows.

    By name or address, with ":port" or for every port. What gives out a cloud's credentials is never allowed.
    """

    def __init__(self, allowed_hosts: Sequence[str] = ()) -> None:
        self._hosts = AllowedHosts((), allowed_hosts)

    async def resolve(self, host: str, port: int) -> list[str]:
        """The host's addresses, all of them permitted.

        Raises:
            AddressRefusedError: one of them is not.
            HostUnknownError: there is none.
        """
        try:
            addresses = await resolve(host, port)
        except (OSError, UnicodeError):
            raise HostUnknownError(host) from None
        try:
            for address in addresses:
                self._hosts.check_address(host, port, address)
        except ExternalHostNotAllowedError:
            raise AddressRefusedError(host) from None
        return addresses
