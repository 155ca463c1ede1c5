"""Channels and deliveries between the domain and protobuf."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from urllib.parse import urlsplit

from flext.quality.v1 import notification_pb2 as pb
from flext_quality.application.notifications.channel_rules import WantedChannel
from flext_quality.domain.notifications.channel import (
    AppriseTarget,
    Channel,
    EmailSecurity,
    EmailTarget,
    PluginTarget,
    QuietHours,
    SlackTarget,
    Target,
    Template,
    WebhookTarget,
)
from flext_quality.domain.notifications.delivery import Attempt, Delivery, DeliveryState
from flext_quality.domain.notifications.notification import Notification, NotificationEvent, Rule
from flext_quality.rpc.values_mapping import duration, timestamp


def channel_to_proto(channel: Channel) -> pb.NotificationChannel:
    """The message of a channel; its secret is not in it."""
    message = pb.NotificationChannel(
        name=str(channel.name),
        display_name=channel.display_name,
        rules=[_rule_to_proto(rule) for rule in channel.rules],
        dedup_window=duration(channel.dedup_window),
        digest_interval=duration(channel.digest_interval),
        disabled=channel.disabled,
        disabled_reason=channel.disabled_reason,
        failed_in_a_row=channel.failed_in_a_row,
        has_secret=bool(channel.stored_secret),
        create_time=timestamp(channel.created_at),
        update_time=timestamp(channel.updated_at),
        etag=channel.etag,
    )
    _put_target(message, channel.target)
    if channel.template != Template():
        message.message_template.title = channel.template.title
        message.message_template.body = channel.template.body
    if channel.quiet_hours is not None:
        hours = channel.quiet_hours
        message.quiet_hours.CopyFrom(
            pb.QuietHours(
                time_zone=hours.time_zone,
                begins_at=f"{hours.start:%H:%M}",
                ends_at=f"{hours.end:%H:%M}",
                days=sorted(hours.days),
            )
        )
    return message


def wanted_from_proto(message: pb.NotificationChannel) -> WantedChannel:
    """What somebody wants; what the server gives is left out."""
    target, secret = _target_from_proto(message)
    return WantedChannel(
        display_name=message.display_name,
        target=target,
        secret=secret,
        rules=tuple(
            Rule(frozenset(map(NotificationEvent, rule.events)), tuple(rule.branches))
            for rule in message.rules
        ),
        template=Template(message.message_template.title, message.message_template.body),
        quiet_hours=_hours_from_proto(message) if message.HasField("quiet_hours") else None,
        dedup_window=message.dedup_window.ToTimedelta(),
        digest_interval=message.digest_interval.ToTimedelta(),
        disabled=message.disabled,
    )


def delivery_to_proto(delivery: Delivery) -> pb.NotificationDelivery:
    """The message of a delivery."""
    pending = delivery.state is DeliveryState.PENDING
    return pb.NotificationDelivery(
        name=str(delivery.name),
        state=pb.NotificationDeliveryState.Name(int(delivery.state)),
        notifications=[_notification_to_proto(told) for told in delivery.notifications],
        suppressed_count=delivery.suppressed_count,
        attempts=[_attempt_to_proto(attempt) for attempt in delivery.attempts],
        next_attempt_time=timestamp(delivery.due_at) if pending else None,
        create_time=timestamp(delivery.created_at),
        end_time=timestamp(delivery.ended_at),
        failure=delivery.failure,
        replay_of=delivery.replay_of,
    )


def _rule_to_proto(rule: Rule) -> pb.NotificationRule:
    events = [pb.NotificationEvent.Name(int(event)) for event in sorted(rule.events)]
    return pb.NotificationRule(events=events, branches=rule.branches)


def _notification_to_proto(told: Notification) -> pb.Notification:
    return pb.Notification(
        notification_event=pb.NotificationEvent.Name(int(told.event)),
        branch=told.branch,
        analysis=told.analysis,
        time=timestamp(told.time),
        message=told.message,
        values=told.values,
    )


def _attempt_to_proto(attempt: Attempt) -> pb.NotificationAttempt:
    return pb.NotificationAttempt(
        time=timestamp(attempt.time),
        duration=duration(attempt.duration),
        delivered=attempt.delivered,
        status=attempt.status,
        answer_excerpt=attempt.answer_excerpt,
    )


def _put_target(message: pb.NotificationChannel, target: Target) -> None:
    match target:
        case WebhookTarget(url=url):
            message.webhook.url = url
        case SlackTarget(channel=channel):
            message.slack.CopyFrom(pb.SlackTarget(channel=channel))
        case EmailTarget():
            message.email.CopyFrom(
                pb.EmailTarget(
                    host=target.host,
                    sender=target.sender,
                    port=target.port,
                    # Without a host these are the operator's.
                    security=pb.EmailSecurity.Name(int(target.security)) if target.host else None,
                    recipients=target.to,
                    user=target.user,
                )
            )
        case AppriseTarget(scheme=scheme):
            message.apprise.scheme = scheme
        case PluginTarget(plugin=plugin):
            message.plugin.plugin = plugin


def _webhook(message: pb.NotificationChannel) -> tuple[Target, str]:
    return WebhookTarget(message.webhook.url), message.webhook.secret


def _slack(message: pb.NotificationChannel) -> tuple[Target, str]:
    return SlackTarget(message.slack.channel), message.slack.webhook_url


def _email(message: pb.NotificationChannel) -> tuple[Target, str]:
    email = message.email
    target = EmailTarget(
        email.host,
        email.sender,
        tuple(email.recipients),
        EmailSecurity(email.security or EmailSecurity.STARTTLS),
        email.port,
        email.user,
    )
    return target, email.password


def _apprise(message: pb.NotificationChannel) -> tuple[Target, str]:
    return AppriseTarget(urlsplit(message.apprise.url).scheme), message.apprise.url


def _plugin(message: pb.NotificationChannel) -> tuple[Target, str]:
    return PluginTarget(message.plugin.plugin), message.plugin.address


_TARGETS: dict[str, Callable[[pb.NotificationChannel], tuple[Target, str]]] = {
    "webhook": _webhook,
    "slack": _slack,
    "email": _email,
    "apprise": _apprise,
    "plugin": _plugin,
}


def _target_from_proto(message: pb.NotificationChannel) -> tuple[Target | None, str]:
    kind = message.WhichOneof("target")
    return (None, "") if kind is None else _TARGETS[kind](message)


def _hours_from_proto(message: pb.NotificationChannel) -> QuietHours:
    hours = message.quiet_hours
    return QuietHours(
        hours.time_zone,
        time.fromisoformat(hours.begins_at),
        time.fromisoformat(hours.ends_at),
        frozenset(hours.days),
    )
