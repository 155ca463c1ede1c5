"""Groups of options about the services around the server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator, model_validator

from flext_quality.settings.base import BUILT_IN_ANALYZERS, Group, Seconds, UrlWithPassword

ANALYZER_FLAG_PREFIX = "analyzer."
"""Before an analyzer's name: the flag that says for which projects it runs."""


class DatabaseSettings(Group):
    """How the database is used; `database_url` and `database_pool_size` say which."""

    wait_seconds: Seconds = 15.0
    """How long to wait for a connection, or for a writer in another process."""


class RedisSettings(Group):
    """The shared cache and messages between servers."""

    url: Annotated[str, UrlWithPassword, Field(repr=False)] = ""
    """As `redis://:password@host:6379/0` or `rediss://…`; empty: there is none, each server does alone."""


class NotificationSettings(Group):
    """Messages to people and programs outside."""

    enabled: bool = True
    """Whether any are sent. Their channels' secrets are stored with `security.secret_encryption_key`."""


class FlagSettings(Group):
    """For which projects a flag is on. Projects are named as `projects/{project}`."""

    enabled: bool = True
    """Whether it is on for the projects that the other two do not decide about."""
    on_for: frozenset[str] = frozenset()
    """Projects for which it is on."""
    off_for: frozenset[str] = frozenset()
    """Projects for which it is off."""

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> FlagSettings:
        both = sorted(self.on_for & self.off_for)
        if both:
            raise ValueError(f"it is on and off for {', '.join(both)}")
        for name in self.on_for | self.off_for:
            if not name.startswith("projects/"):
                raise ValueError(f"{name!r} does not name a project as projects/{{project}}")
        return self


class FeatureSettings(Group):
    """What can be switched for single projects."""

    flags: dict[str, FlagSettings] = Field(default_factory=dict)
    """By name; `analyzer.mypy` says for which projects MyPy runs. As an environment variable: JSON, as in
    `{"analyzer.mypy": {"off_for": ["projects/shop"]}}`."""

    @field_validator("flags")
    @classmethod
    def _are_known(cls, value: dict[str, FlagSettings]) -> dict[str, FlagSettings]:
        for flag in value:
            if not flag.startswith(ANALYZER_FLAG_PREFIX) or flag == ANALYZER_FLAG_PREFIX:
                names = ", ".join(f"{ANALYZER_FLAG_PREFIX}{n}" for n in sorted(BUILT_IN_ANALYZERS))
                raise ValueError(
                    f"there is no flag {flag!r}; there are {names} and those of commands"
                )
        return value


class VaultSettings(Group):
    """HashiCorp Vault's key-value store, version 2, as a source of options."""

    address: str = Field("", pattern=r"^(https?://\S+)?$")
    """As `https://vault.example:8200`; empty: Vault is not asked."""
    mount: str = Field("secret", min_length=1)
    """Where the key-value store is mounted."""
    path: str = Field("flext-quality", min_length=1)
    """The secret whose keys are named after options, as `database_url` or `redis__url`."""
    namespace: str = ""
    """Vault Enterprise's namespace."""
    auth: Literal["token", "kubernetes"] = "token"
    """How to log in."""
    token: SecretStr | None = None
    """For `token`."""
    role: str = ""
    """For `kubernetes`: the role."""
    kubernetes_mount: str = Field("kubernetes", min_length=1)
    """For `kubernetes`: where the method is mounted."""
    kubernetes_token_file: Path = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")
    """For `kubernetes`: the service account's token."""
    ca_file: Path | None = None
    """The authority that signed Vault's certificate; none: those that Python trusts."""
    timeout: Seconds = 5.0
    """Seconds for each call."""

    @model_validator(mode="after")
    def _can_log_in(self) -> VaultSettings:
        if self.address and self.auth == "token" and self.token is None:
            raise ValueError("Vault's token is needed to log in with auth = token")
        if self.address and self.auth == "kubernetes" and not self.role:
            raise ValueError("the role is needed to log in with auth = kubernetes")
        return self
