"""Which addresses messages may go to."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Collection
from dataclasses import dataclass

_RESERVED = (
    # Shared by carriers, and ways into IPv4 that `is_global` does not look through.
    ipaddress.ip_network("100.64.0.0/10"),
    ipaddress.ip_network("64:ff9b::/96"),
    ipaddress.ip_network("64:ff9b:1::/48"),
    ipaddress.ip_network("2002::/16"),
    ipaddress.ip_network("2001::/32"),
    # Azure's own services; public by its number.
    ipaddress.ip_network("168.63.129.16/32"),
)

_METADATA = frozenset(
    {"169.254.169.254", "169.254.170.2", "169.254.170.23", "100.100.100.200", "168.63.129.16"}
    | {"fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254", "::ffff:169.254.169.254"}
)


class AddressRefusedError(Exception):
    """The host is not allowed, or has an address that is not."""


class HostUnknownError(Exception):
    """The host has no address."""


@dataclass(frozen=True)
class AddressPolicy:
    """Only public addresses, but for hosts that the operator allows.

    By name or address, with ":port" or for every port. What gives out a cloud's credentials is never allowed.
    """

    allowed_hosts: Collection[str] = ()

    def allows(self, host: str, port: int) -> bool:
        """Whether the operator allows the host although its address is not a public one."""
        name = host.rstrip(".").lower()
        return not {name, f"{name}:{port}"}.isdisjoint(h.lower() for h in self.allowed_hosts)

    async def resolve(self, host: str, port: int) -> list[str]:
        """The host's addresses, all of them permitted.

        Raises:
            AddressRefusedError: one of them is not.
            HostUnknownError: there is none.
        """
        try:
            found = await asyncio.get_running_loop().getaddrinfo(
                host, port, type=socket.SOCK_STREAM
            )
        except (OSError, UnicodeError):
            raise HostUnknownError(host) from None
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        private = [address for address in addresses if not is_public(address)]
        if _METADATA.intersection(private) or (private and not self.allows(host, port)):
            raise AddressRefusedError(host)
        return addresses


def is_public(text: str) -> bool:
    """Whether an address is one of the public internet."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if any(address.version == net.version and address in net for net in _RESERVED):
        return False
    return address.is_global and not address.is_multicast
