"""What the operator sets for channels that leave it out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from flext_quality.domain.errors import invalid_field
from flext_quality.domain.notifications.channel import (
    DEFAULT_PORTS,
    EmailSecurity,
    EmailTarget,
    SlackTarget,
    Target,
)

_REQUIRED = "is required: the operator of this server has set none"
_OF_A_SERVER = "is that of a mail server: name its host, or leave both out to use the operator's"


@dataclass(frozen=True, slots=True)
class MailServer:
    """A mail server; port 0 is the usual one, and without a user nobody logs in."""

    host: str
    port: int = 0
    security: EmailSecurity = EmailSecurity.STARTTLS
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def address(self) -> str:
        """Host and port."""
        return f"{self.host}:{self.port or DEFAULT_PORTS[self.security]}"


@dataclass(frozen=True, slots=True)
class ChannelDefaults:
    """What channels get that leave it out; empty texts and None are nothing.

    Attributes:
        slack_webhook_url: an incoming webhook.
        slack_channel: where that webhook sends, if not where it was made for.
        email_sender: the address that mails come from.
    """

    slack_webhook_url: str = field(default="", repr=False)
    slack_channel: str = ""
    mail_server: MailServer | None = None
    email_sender: str = ""

    def completed(self, target: Target, secret: str) -> tuple[Target, str]:
        """The target and its secret with all that they leave out, as they are sent with.

        Raises:
            InvalidFieldError: something is left out that the operator has not set either.
        """
        match target:
            case SlackTarget():
                return self._slack(target, secret)
            case EmailTarget():
                return self._email(target, secret)
            case _:
                return target, secret

    def _slack(self, target: SlackTarget, secret: str) -> tuple[Target, str]:
        if secret:
            return target, secret
        if not self.slack_webhook_url:
            raise invalid_field("notification_channel.slack.webhook_url", _REQUIRED)
        return SlackTarget(target.channel or self.slack_channel), self.slack_webhook_url

    def _email(self, target: EmailTarget, secret: str) -> tuple[Target, str]:
        target = replace(target, sender=target.sender or self.email_sender)
        if not target.sender:
            raise invalid_field("notification_channel.email.sender", _REQUIRED)
        if target.host:
            return target, secret
        _check_no_server_of_its_own(target, secret)
        server = self.mail_server
        if server is None:
            raise invalid_field("notification_channel.email.host", _REQUIRED)
        complete = replace(
            target, host=server.host, port=server.port, security=server.security, user=server.user
        )
        return complete, server.password


def _check_no_server_of_its_own(target: EmailTarget, secret: str) -> None:
    given = {
        "port": target.port,
        "security": target.security is not EmailSecurity.STARTTLS,
        "user": target.user,
        "password": secret,
    }
    for name, is_given in given.items():
        if is_given:
            raise invalid_field(f"notification_channel.email.{name}", _OF_A_SERVER)
