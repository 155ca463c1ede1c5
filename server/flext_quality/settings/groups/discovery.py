"""Where the server makes itself known."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, SecretStr, model_validator

from flext_quality.option_group import Group, UrlWithPassword

_Url = Annotated[str, Field(pattern=r"^(https?://[^\s/]+\S*)?$")]
_Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]


class StaticInstanceSettings(Group):
    """A server that the operator names."""

    instance_id: Annotated[str, Field(min_length=1, max_length=128)]
    """Unlike that of any other."""
    endpoints: dict[str, str]
    """What to connect to, by purpose: "grpc", "health", "metrics"."""
    version: str = ""
    capabilities: tuple[str, ...] = ()


class DiscoverySettings(Group):
    """Where the server makes itself known: docs/discovery.md."""

    registry: Literal["static", "consul", "redis"] = "static"
    """static: within the process only."""
    service_name: _Word = "flext-quality"
    """The name that all servers of this installation share."""
    ttl: float = Field(default=30.0, ge=1, le=3600)
    """Seconds after which a server that says nothing is unknown; it says something three times as often."""
    advertised_host: Annotated[str, Field(pattern=r"^[^\s/]*$")] = ""
    """The host under which others reach this server; empty: the one it listens on, or, if it listens
    everywhere, this machine's name."""
    health_url: _Url = ""
    """Where others ask for its health over HTTP; empty: not told."""
    metrics_url: _Url = ""
    """Where others read its metrics; empty: not told."""
    consul_url: _Url = "http://127.0.0.1:8500"
    """The Consul agent beside this server."""
    consul_token: SecretStr | None = None
    """An ACL token that may write this service."""
    redis_url: Annotated[str, UrlWithPassword, Field(repr=False)] = ""
    """As `redis://:password@host:6379/0`, `rediss://…` or `unix:///path`; for registry redis."""
    static_instances: tuple[StaticInstanceSettings, ...] = ()
    """Servers that the static registry knows. As an environment variable: a JSON list of objects."""

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> DiscoverySettings:
        if self.registry == "redis" and not self.redis_url:
            raise ValueError("registry redis needs redis_url")
        if self.registry == "consul" and not self.consul_url:
            raise ValueError("registry consul needs consul_url")
        return self
