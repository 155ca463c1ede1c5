"""Messages to people and programs."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from flext_quality.option_group import Group

_SLACK_URL = re.compile(
    r"https://hooks\.slack\.com/services/[A-Z0-9]+/[A-Z0-9]+/[A-Za-z0-9]+", re.ASCII
)


class SlackSettings(Group):
    """What Slack channels of projects that leave it out get."""

    webhook_url: SecretStr | None = None
    """An incoming webhook, as `https://hooks.slack.com/services/T…/B…/…`; none: each project brings its
    own."""
    default_channel: Annotated[str, Field(pattern=r"^([#@]?[A-Za-z0-9_-]{1,32})?$")] = ""
    """Where messages through `webhook_url` go, as `#quality`; empty: where the webhook was made for."""

    @field_validator("webhook_url")
    @classmethod
    def _is_a_webhook(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _SLACK_URL.fullmatch(value.get_secret_value()):
            raise ValueError("has to be https://hooks.slack.com/services/T…/B…/…")
        return value

    @model_validator(mode="after")
    def _goes_somewhere(self) -> Self:
        if self.default_channel and self.webhook_url is None:
            raise ValueError("default_channel needs webhook_url: it is where that one sends")
        return self


class EmailSettings(Group):
    """What mail channels of projects that leave it out get."""

    smtp_server: Annotated[
        str, Field(pattern=r"^([A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?)?$")
    ] = ""
    """The mail server; its address may be a private one. Empty: each project brings its own."""
    smtp_port: int = Field(default=0, ge=0, le=65_535)
    """Its port; 0: 587 for starttls, 465 for tls, 25 for none."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection to it is kept private."""
    user: Annotated[str, Field(pattern=r"^[!-~]*$", max_length=200)] = ""
    """To log in there with; empty: without logging in."""
    password: SecretStr | None = None
    """To log in there with."""
    from_email: Annotated[
        str, Field(pattern=r"^([A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*)?$")
    ] = ""
    """The sender's address; empty: each project brings its own."""

    @model_validator(mode="after")
    def _is_of_a_server(self) -> Self:
        if self.password is not None and not self.user:
            raise ValueError("password needs user")
        if (self.smtp_port or self.user) and not self.smtp_server:
            raise ValueError("smtp_port and user need smtp_server")
        return self


class NotificationSettings(Group):
    """Messages to people and to other programs: docs/notifications.md."""

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
    slack: SlackSettings = SlackSettings()
    email: EmailSettings = EmailSettings()
