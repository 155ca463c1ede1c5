"""Instances as registries keep them: JSON that any program can read."""

from __future__ import annotations

import msgspec

from flext_quality.application.ports.discovery import ServiceInstance


class _Record(msgspec.Struct):
    id: str
    name: str
    version: str
    endpoints: dict[str, str]
    capabilities: tuple[str, ...] = ()


_decoder = msgspec.json.Decoder(_Record)


def to_record(instance: ServiceInstance) -> bytes:
    """The instance as a JSON object with id, name, version, endpoints and capabilities."""
    return msgspec.json.encode(
        _Record(
            instance.instance_id,
            instance.name,
            instance.version,
            dict(instance.endpoints),
            instance.capabilities,
        )
    )


def from_record(record: bytes) -> ServiceInstance | None:
    """The instance; None for what is none, which somebody else must have written."""
    try:
        read = _decoder.decode(record)
    except msgspec.DecodeError:
        return None
    return ServiceInstance(read.id, read.name, read.version, read.endpoints, read.capabilities)
