"""What the server may touch, and the keys that it encrypts with."""

from __future__ import annotations

import base64
import binascii
import json
import os
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from flext_quality.option_group import Group

_HOST = (
    r"(\*\.)?[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9])?)*"
    r"|\[[0-9A-Fa-f:.]+\]"
)
HostName = Annotated[str, Field(max_length=260, pattern=rf"^({_HOST})(:[0-9]{{1,5}})?$")]
"""A name, an IPv4 address, or an IPv6 address in brackets; "*." for all names below; ":port"."""
HostNames = Annotated[tuple[HostName, ...], NoDecode]
AnyHostNames = Annotated[
    tuple[Annotated[str, Field(max_length=260, pattern=rf"^(\*|({_HOST})(:[0-9]{{1,5}})?)$")], ...],
    NoDecode,
]
"""The same, or "*" for all."""


_KEY_BYTES = 32
"""Of an encryption key, a Fernet one: so many bytes in URL-safe base64."""


def split_encryption_keys(text: str) -> list[str]:
    """The encryption keys, the one that encrypts first."""
    return [key.strip() for key in text.split(",") if key.strip()]


def check_encryption_keys(text: str) -> None:
    """Does nothing if each is a key.

    Raises:
        ValueError: says which is none, by its place; never what it is.
    """
    keys = split_encryption_keys(text)
    if not keys:
        raise ValueError('has to be a key; "flext-quality config new-key" makes one')
    for number, key in enumerate(keys, 1):
        try:
            is_key = len(base64.urlsafe_b64decode(key)) == _KEY_BYTES
        except (binascii.Error, ValueError):
            is_key = False
        if not is_key:
            raise ValueError(
                f"key {number} of {len(keys)} is not 32 bytes in URL-safe base64; "
                '"flext-quality config new-key" makes one'
            )


class SecuritySettings(Group):
    """What the server may touch."""

    allowed_project_paths: Annotated[tuple[Path, ...], NoDecode] = ()
    """Absolute directories (or files) below which projects may lie; none: no local project is allowed.
    As an environment variable: separated as in PATH, or a JSON list."""
    secret_encryption_key: SecretStr | None = None
    """Encrypts the secrets that the server stores. `flext-quality config new-key` makes one. Several,
    separated by commas: the first encrypts, all decrypt."""
    network_is_trusted: bool = False
    """Says that whoever reaches the address may do everything. In production the server listens beyond
    this machine only if it is true."""

    allowed_external_hosts: AnyHostNames = ("*",)
    """Hosts to which projects may make the server send (webhooks, Slack, mail, apprise's services); none: it
    sends none. Names or addresses, with ":port" or for every port; "*.example.com" for all names below; "*":
    every host. Addresses that are not public are refused all the same. What settings themselves name (Consul,
    Vault, the receiver of traces, the Slack webhook and mail server of channels that leave them out) needs no
    mention. As an environment variable: separated by commas, or a JSON list."""
    allowed_internal_hosts: HostNames = ()
    """Further ones, without "*", whose addresses may be private, loopback or link-local. Addresses of
    clouds' metadata services are refused all the same."""

    @field_validator("allowed_external_hosts", "allowed_internal_hosts", mode="before")
    @classmethod
    def _split_hosts(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if value.lstrip().startswith('["'):
            return json.loads(value)
        return [part.strip() for part in value.split(",") if part.strip()]

    @field_validator("allowed_internal_hosts")
    @classmethod
    def _names_each(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for host in value:
            if host.startswith("*"):
                raise ValueError(f"{host!r}: hosts inside have to be named one by one")
        return value

    @field_validator("allowed_project_paths", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if value.lstrip().startswith("["):
            return json.loads(value)
        return [part for part in value.split(os.pathsep) if part]

    @field_validator("secret_encryption_key")
    @classmethod
    def _are_keys(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            check_encryption_keys(value.get_secret_value())
        return value

    @field_validator("allowed_project_paths")
    @classmethod
    def _absolute(cls, value: tuple[Path, ...]) -> tuple[Path, ...]:
        for path in value:
            if not path.is_absolute():
                raise ValueError(f"{str(path)!r} is not an absolute path")
        return value
