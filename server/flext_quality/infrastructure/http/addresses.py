"""Which hosts and addresses may be asked: the only rules about that, whoever asks."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Address, IPv6Address
from typing import Protocol

from flext_quality.domain.system.errors import ExternalHostNotAllowedError

Address = IPv4Address | IPv6Address
Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""From a host's name and a port to its addresses."""

_METADATA = frozenset(
    ipaddress.ip_address(address)
    for address in (
        "169.254.169.254",  # AWS, Azure, Google, OpenStack and others
        "169.254.170.2",  # tasks on AWS ECS
        "169.254.170.23",  # pods on AWS EKS
        "fd00:ec2::254",  # AWS over IPv6
        "fd00:ec2::23",  # pods on AWS EKS over IPv6
        "fd20:ce::254",  # Google over IPv6
        "100.100.100.200",  # Alibaba
        "192.0.0.192",  # Oracle, formerly
        "168.63.129.16",  # Azure's own services; public by its number
    )
)
"""Give out credentials of the machine to whoever asks from it: never allowed, not even by name."""

ANY_HOST = "*"
"""In the list of allowed hosts: every host that has public addresses only."""

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


async def resolve(host: str, port: int) -> list[str]:
    """The addresses that the system knows."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in found))


def _embedded(address: Address) -> list[Address]:
    """The address, and those IPv4 addresses that an IPv6 address stands for."""
    if isinstance(address, IPv4Address):
        return [address]
    inside: list[Address | None] = [address.ipv4_mapped, address.sixtofour]
    inside.extend(address.teredo or ())
    if address in _NAT64:
        inside.append(IPv4Address(int(address) & 0xFFFFFFFF))
    if int(address) >> 32 == 0 and int(address) > 1:  # "IPv4-compatible", long given up
        inside.append(IPv4Address(int(address)))
    # A mapped address is no network of its own; what it stands for decides.
    outer = [] if address.ipv4_mapped else [address]
    return [*outer, *(one for one in inside if one is not None)]


def is_metadata(address: Address) -> bool:
    """Whether a cloud answers there with what the machine may do."""
    return any(one in _METADATA for one in _embedded(address))


def is_public(address: Address) -> bool:
    """Whether it is one address in the internet, and nothing near us."""
    return all(
        one.is_global
        and not (one.is_multicast or one.is_private or one.is_loopback or one.is_link_local)
        and not (one.is_reserved and one not in _NAT64)
        for one in _embedded(address)
    )


class HostRules(Protocol):
    """Says no to hosts and addresses that must not be asked."""

    def check_name(self, host: str, port: int) -> None:
        """Raises `ExternalHostNotAllowedError` unless the host may be asked, whatever address it has."""
        ...

    def check_address(self, host: str, port: int, text: str) -> None:
        """Raises `ExternalHostNotAllowedError` if the host must not have this address."""
        ...


class NamedByOperator:
    """For hosts that a setting names, such as Consul's: wherever they are, but in a metadata service."""

    def check_name(self, host: str, port: int) -> None:
        """Every name: the setting is what allows it."""

    def check_address(self, host: str, port: int, text: str) -> None:  # noqa: ARG002  # as `HostRules`
        """See `HostRules`."""
        _check_no_metadata(host, _address(text))


class AllowedHosts:
    """For hosts that a project names, such as a webhook's: the operator's lists; see `HttpOptions`."""

    def __init__(self, allowed: Sequence[str], internal: Sequence[str]) -> None:
        self._internal = frozenset(entry.lower() for entry in internal)
        self._is_any = ANY_HOST in allowed
        self._exact = frozenset(e.lower() for e in allowed if not e.startswith("*"))
        self._below = frozenset(e[1:].lower() for e in allowed if e.startswith("*."))

    def check_name(self, host: str, port: int) -> None:
        """Raises `ExternalHostNotAllowedError` unless a list names the host."""
        if self._is_any or self._is_internal(host, port) or _forms(host, port) & self._exact:
            return
        labels = host.lower().rstrip(".").split(".")
        for first in range(1, len(labels)):
            parent = "." + ".".join(labels[first:])
            if {parent, f"{parent}:{port}"} & self._below:
                return
        raise ExternalHostNotAllowedError(host)

    def check_address(self, host: str, port: int, text: str) -> None:
        """See `HostRules`: only public ones, but for hosts that the operator called internal."""
        address = _address(text)
        _check_no_metadata(host, address)
        if not is_public(address) and not self._is_internal(host, port):
            raise ExternalHostNotAllowedError(host, "has an address that is not public")

    def _is_internal(self, host: str, port: int) -> bool:
        return bool(_forms(host, port) & self._internal)


def _forms(host: str, port: int) -> frozenset[str]:
    name = host.lower().rstrip(".").strip("[]")
    bracketed = f"[{name}]" if ":" in name else name
    return frozenset({name, bracketed, f"{bracketed}:{port}"})


def _address(text: str) -> Address:
    return ipaddress.ip_address(text.partition("%")[0])


def _check_no_metadata(host: str, address: Address) -> None:
    if is_metadata(address):
        raise ExternalHostNotAllowedError(host, "has the address of a metadata service")


async def checked_addresses(
    rules: HostRules, host: str, port: int, resolver: Resolver = resolve
) -> Sequence[str]:
    """The host's addresses. One that is not allowed is enough to refuse the host.

    Raises:
        ExternalHostNotAllowedError: the host, or one of its addresses, is not allowed.
        OSError: it has no address.
    """
    rules.check_name(host, port)
    try:
        addresses = await resolver(host, port)
    except UnicodeError as error:  # a label that is too long
        raise OSError(str(error)) from error
    for address in addresses:
        rules.check_address(host, port, address)
    return addresses
