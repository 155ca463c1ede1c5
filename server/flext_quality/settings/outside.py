"""Groups of options about the services around the server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from flext_quality.settings.base import BUILT_IN_ANALYZERS, Group, Seconds, UrlWithPassword

ANALYZER_FLAG_PREFIX = "analyzer."
"""Before an analyzer's name: the flag that says for which projects it runs."""


class DatabaseSettings(Group):
    """How the database is used; `database_url` and `database_pool_size` say which."""

    wait_seconds: Seconds = 15.0
    """How long to wait for a connection, or for a writer in another process."""
    take_over_from: str = ""
    """The id of a data directory that is gone for good: a database that belongs to it belongs to this
    server's data directory from the next start on (docs/operations.md)."""


class PolicySettings(Group):
    """How patiently a dependency is treated: docs/resilience.md."""

    timeout: Seconds = 10.0
    """Seconds for one attempt."""
    attempts: int = Field(default=3, ge=1, le=10)
    """How often it is asked at most; again only after transient errors."""
    backoff_initial: float = Field(default=1.0, ge=0, le=3600)
    """Seconds before the second attempt; doubled before each further one."""
    backoff_max: float = Field(default=30.0, ge=0, le=3600)
    """Seconds of waiting at most, also if the dependency asks for more."""
    backoff_jitter: float = Field(default=1.0, ge=0, le=3600)
    """Up to so many seconds more, at random."""
    breaker_failures: int = Field(default=5, ge=1)
    """So many failed attempts in a row open the circuit."""
    breaker_seconds: Seconds = 60.0
    """Seconds for which nobody asks then."""
    max_concurrent: int = Field(default=16, ge=1)
    """How many attempts are under way at once."""
    max_waiting: int = Field(default=64, ge=0)
    """How many callers may wait for their turn."""
    max_wait: float = Field(default=5.0, ge=0, le=3600)
    """Seconds that each of them waits at most."""


_POLICIES: dict[str, dict[str, float]] = {
    # A cache that is slower than computing is none.
    "redis": {"timeout": 1.0, "attempts": 1, "max_concurrent": 32, "max_waiting": 1024},
    "http": {"timeout": 30.0},
    # The relay asks again by itself, and says how long a batch may take.
    "broker": {"timeout": 300.0, "attempts": 1, "breaker_seconds": 10.0},
    # The next heartbeat is the next attempt; a server that is forgotten is one that nobody finds.
    "registry": {"timeout": 5.0, "attempts": 1, "breaker_seconds": 10.0},
}
"""What is different by default."""


class ResilienceSettings(PolicySettings):
    """The policy of every dependency, and what is different for some."""

    dependencies: dict[str, dict[str, float]] = Field(default_factory=dict)
    """By the dependency's name ("redis", "broker", "registry"; "http" for hosts without a name of their own),
    the same options; as `FLEXT_API_RESILIENCE__DEPENDENCIES__HTTP__TIMEOUT`."""

    @model_validator(mode="after")
    def _policies_are_valid(self) -> Self:
        for name in self.dependencies:
            self.policy_of(name)
        return self

    def policy_of(self, dependency: str) -> PolicySettings:
        """The dependency's policy."""
        values = self.model_dump(exclude={"dependencies"}) | _POLICIES.get(dependency, {})
        return PolicySettings(**values | self.dependencies.get(dependency, {}))


class RedisSettings(Group):
    """Redis (or Valkey), for what several servers share: cache, wake-ups, circuit breakers."""

    url: Annotated[
        str, UrlWithPassword, Field(pattern=r"^$|^(redis|rediss|unix)://", repr=False)
    ] = ""
    """As redis://user:password@host:6379/0; empty: there is none, and each server is by itself."""
    key_prefix: str = Field(default="flext-quality:", min_length=1, max_length=100)
    """Begins all keys and channels; servers with the same one share."""
    connect_timeout: Seconds = 1.0
    """Seconds for a connection."""
    timeout: Seconds = 1.0
    """Seconds for a command."""
    max_connections: int = Field(default=64, ge=2)
    """Of one server."""


class HttpSettings(Group):
    """How other servers are asked."""

    connect_timeout: Seconds = 5.0
    """Seconds for a connection, names and encryption included."""
    read_timeout: Seconds = 10.0
    """Seconds of silence in the middle of an answer; the whole: `resilience.dependencies.http.timeout`."""
    max_answer_bytes: int = Field(default=10 * 1024**2, gt=0)
    """A larger answer is refused, decoded or not."""
    max_redirects: int = Field(default=5, ge=0, le=20)
    """How many are followed."""
    cache: Literal["memory", "disk", "off"] = "memory"
    """Where answers are kept that may be (RFC 9111); "disk": in the data directory."""
    cache_max_bytes: int = Field(default=64 * 1024**2, ge=1024**2)
    """How much of them."""


class NotificationSettings(Group):
    """Messages to people and programs outside: docs/notifications.md."""

    enabled: bool = True
    """Whether any are sent. Their channels' secrets are stored with `security.secret_encryption_key`."""
    timeout: float = Field(default=15.0, gt=0, le=25)
    """Seconds that a target has to take a message, redirects and answer included."""
    poll_interval: float = Field(default=1.0, ge=0.05, le=3600)
    """Seconds after which is looked again for what happened and for what is due."""
    senders: int = Field(default=8, ge=1, le=256)
    """To how many channels a server sends at once."""
    keep_days: float = Field(default=30.0, ge=8, le=3650)
    """How long deliveries are kept after their end."""
    apprise_schemes: tuple[Annotated[str, Field(pattern=r"^([a-z0-9]+|\*)$")], ...] = (
        "discord",
        "flock",
        "gchat",
        "ifttt",
        "line",
        "opsgenie",
        "pagerduty",
        "pbul",
        "pover",
        "pushy",
        "revolt",
        "slack",
        "splunk",
        "squadcast",
        "tgram",
        "twilio",
        "twist",
        "webex",
        "wxteams",
        "zoom",
    )
    """Which of apprise's services channels may use; "*": all that do not act on the server's own machine.
    The default ones have their hosts built in. As an environment variable: a JSON list."""


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

    address: str = Field(default="", pattern=r"^(https?://\S+)?$")
    """As `https://vault.example:8200`; empty: Vault is not asked."""
    mount: str = Field(default="secret", min_length=1)
    """Where the key-value store is mounted."""
    path: str = Field(default="flext-quality", min_length=1)
    """The secret whose keys are named after options, as `database_url` or `redis__url`."""
    namespace: str = ""
    """Vault Enterprise's namespace."""
    auth: Literal["token", "kubernetes"] = "token"
    """How to log in."""
    token: SecretStr | None = None
    """For `token`."""
    role: str = ""
    """For `kubernetes`: the role."""
    kubernetes_mount: str = Field(default="kubernetes", min_length=1)
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
