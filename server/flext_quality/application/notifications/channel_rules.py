"""Checks a channel before it is stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flext_quality.application.ports.secret_box import SecretBox
from flext_quality.application.ports.sending import MessageRenderer, Notifier
from flext_quality.domain.errors import SecretsUnavailableError, invalid_field
from flext_quality.domain.notifications.channel import (
    AppriseTarget,
    Channel,
    EmailTarget,
    PluginTarget,
    QuietHours,
    SlackTarget,
    Target,
    Template,
    WebhookTarget,
)
from flext_quality.domain.notifications.defaults import ChannelDefaults
from flext_quality.domain.notifications.notification import Rule


@dataclass(frozen=True, slots=True)
class WantedChannel:
    """How somebody wants a channel to be. `secret` is empty if none was sent."""

    display_name: str = ""
    target: Target | None = None
    secret: str = field(default="", repr=False)
    rules: tuple[Rule, ...] = ()
    template: Template = field(default_factory=Template)
    quiet_hours: QuietHours | None = None
    dedup_window: timedelta = timedelta(0)
    digest_interval: timedelta = timedelta(0)
    disabled: bool = False


@dataclass(frozen=True)
class ChannelRules:
    """Checks channels and encrypts their secrets."""

    secrets: SecretBox
    renderer: MessageRenderer
    notifier: Notifier
    defaults: ChannelDefaults

    def check_name(self, display_name: str) -> None:
        """Raises an `InvalidFieldError` for an empty name."""
        if not display_name.strip():
            raise invalid_field("notification_channel.display_name", "must not be empty")

    def check_words(self, template: Template) -> None:
        """Raises an `InvalidFieldError` for a template that cannot be used."""
        self.renderer.check(template).unwrap()

    def check_hours(self, hours: QuietHours | None) -> None:
        """Raises an `InvalidFieldError` for an unknown time zone, or for quiet hours without an end."""
        if hours is None:
            return
        try:
            ZoneInfo(hours.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            why = f"there is no time zone {hours.time_zone!r}; there is, for one, Europe/Berlin"
            raise invalid_field("notification_channel.quiet_hours.time_zone", why) from None
        if hours.start == hours.end and len(hours.days) in {0, 7}:
            why = "would be silent for ever; disable the channel instead"
            raise invalid_field("notification_channel.quiet_hours", why)

    def check_target(self, target: Target | None, secret: str) -> Target:
        """The target, if it can be sent to with this secret.

        Raises:
            InvalidFieldError: it is missing, its secret is, or it can never be sent to.
        """
        if target is None:
            raise invalid_field("notification_channel.target", "is required")
        if isinstance(target, EmailTarget):
            if secret and not target.user:
                raise invalid_field(
                    "notification_channel.email.user", "is required with a password"
                )
        elif not secret and not isinstance(target, SlackTarget):
            raise invalid_field(secret_field(target), "is required")
        self._check(target, secret)
        return target

    def stored(self, secret: str) -> str:
        """What to store in place of a secret.

        Raises:
            SecretsUnavailableError: the operator has set no key.
        """
        if not secret:
            return ""
        encrypted = self.secrets.encrypt(secret)
        if not encrypted.is_success:
            raise SecretsUnavailableError
        return encrypted.unwrap()

    def retarget(self, channel: Channel, wanted: WantedChannel) -> None:
        """Gives the channel another target of the same kind.

        Without a secret the stored one stays, unless it would go elsewhere than before.

        Raises:
            QualityError: as UpdateChannel in the contract.
        """
        before = channel.target
        if wanted.target is not None and type(wanted.target) is not type(before):
            raise invalid_field("notification_channel.target", "another kind needs another channel")
        if wanted.secret:
            channel.target = self.check_target(wanted.target, wanted.secret)
            channel.stored_secret = self.stored(wanted.secret)
            return
        match before, wanted.target:
            case EmailTarget(), EmailTarget() as target:
                self._keep_password(channel, before, target)
            case SlackTarget(), SlackTarget() as target:
                if not channel.stored_secret:
                    self._check(target, "")
                channel.target = target
            case WebhookTarget(), WebhookTarget() as target:
                self._check(target, "")
                channel.target = target
            case PluginTarget(), PluginTarget() as target if target != before:
                why = "is required, since another plugin would get it"
                raise invalid_field("notification_channel.plugin.address", why)
            case _, None:
                raise invalid_field(
                    "notification_channel.target", "is required, since update_mask names it"
                )
            case _:
                pass  # there is nothing but the secret, which stays

    def _keep_password(self, channel: Channel, before: EmailTarget, target: EmailTarget) -> None:
        if not target.user:
            channel.stored_secret = ""
        elif channel.stored_secret and _way(before) != _way(target):
            why = "is required, since it would be sent elsewhere, or otherwise, than before"
            raise invalid_field("notification_channel.email.password", why)
        self._check(target, "")
        channel.target = target

    def _check(self, target: Target, secret: str) -> None:
        """Raises an `InvalidFieldError` if it could not be sent to, with what the operator adds to it."""
        self.notifier.check(*self.defaults.completed(target, secret)).unwrap()


def secret_field(target: Target) -> str:
    """The field of the contract that holds the target's secret."""
    match target:
        case WebhookTarget():
            return "notification_channel.webhook.secret"
        case EmailTarget():
            return "notification_channel.email.password"
        case AppriseTarget():
            return "notification_channel.apprise.url"
        case PluginTarget():
            return "notification_channel.plugin.address"
        case _:
            return "notification_channel.slack.webhook_url"


def _way(target: EmailTarget) -> tuple[object, ...]:
    return target.host, target.effective_port, target.security, target.user
