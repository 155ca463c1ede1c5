"""Message brokers."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, SecretStr, model_validator

from flext_quality.option_group import Group, Seconds

_BROKER_SCHEMES: dict[str, tuple[str, ...]] = {
    "none": (),
    "redis": ("redis://", "rediss://", "unix://"),
    "nats": ("nats://", "tls://"),
}
BROKERS = frozenset(_BROKER_SCHEMES)
"""What `events.publisher` can be besides a plugin's name; no plugin can have these names."""


class EventSettings(Group):
    """Events that go out to a message broker and commands that come in from it: docs/events.md."""

    publisher: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,63}$")] = "none"
    """Which kind of broker it is: `redis` (Streams), `nats` (JetStream), or a plugin's name."""
    url: SecretStr = SecretStr("")
    """Where it is: `redis://`, `rediss://` or `unix://`; `nats://` or `tls://`. May hold a password. A plugin
    has its own in `plugins.options`."""
    topic_prefix: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)*$")] = "quality"
    """What the topics' names begin with."""
    source: Annotated[str, Field(min_length=1, max_length=200)] = "/flext-quality"
    """A URI reference that tells events of this service from those of others."""
    batch_size: int = Field(default=100, ge=1, le=10_000)
    """How many events are published at once."""
    max_stream_length: int = Field(default=0, ge=0)
    """About how many events the broker keeps in each topic; 0: all. Of JetStream, only for new streams."""
    lease: float = Field(default=10.0, ge=0.5, le=600)
    """Seconds after which another server goes on publishing if this one does not."""
    consume_commands: bool = False
    """Whether commands are taken from the broker."""
    command_attempts: int = Field(default=5, ge=1, le=100)
    """How often a command is tried before it is put aside."""
    command_retry: Seconds = 30.0
    """Seconds after which a command that failed is tried again."""

    @model_validator(mode="after")
    def _has_a_place(self) -> Self:
        schemes = _BROKER_SCHEMES.get(self.publisher, ())
        if schemes and not self.url.get_secret_value().startswith(schemes):
            raise ValueError(f"url has to begin with {' or '.join(schemes)}")
        if self.consume_commands and not schemes:
            raise ValueError("consume_commands needs redis or nats as publisher")
        return self
