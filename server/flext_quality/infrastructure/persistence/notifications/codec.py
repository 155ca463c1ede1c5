"""Channels and deliveries to rows, and back.

What is stored stays for years: a class may get new fields, with defaults, but lose and rename none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import RowMapping

from flext_quality.domain.identifiers import ChannelName, DeliveryName
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
from flext_quality.domain.notifications.delivery import Attempt, Delivery, DeliveryState
from flext_quality.domain.notifications.notification import Notification, Rule

Values = dict[str, Any]

KINDS: dict[int, type[Target]] = {
    1: WebhookTarget,
    2: SlackTarget,
    3: EmailTarget,
    4: AppriseTarget,
    5: PluginTarget,
}
"""The stored number of every kind of target; they never change."""

_numbers = {kind: number for number, kind in KINDS.items()}


@dataclass(frozen=True)
class _StoredChannel:
    display_name: str
    target: dict[str, Any]
    rules: tuple[Rule, ...]
    template: Template
    quiet_hours: QuietHours | None
    dedup_window: timedelta
    digest_interval: timedelta


@dataclass(frozen=True)
class _StoredDelivery:
    notifications: tuple[Notification, ...]
    attempts: tuple[Attempt, ...]
    suppressed_count: int
    failure: str
    replay_of: str


_encoder = msgspec.json.Encoder()
_channel_decoder = msgspec.json.Decoder(_StoredChannel)
_delivery_decoder = msgspec.json.Decoder(_StoredDelivery)


def channel_values(channel: Channel) -> Values:
    """A channel's row."""
    stored = _StoredChannel(
        channel.display_name,
        msgspec.to_builtins(channel.target),
        channel.rules,
        channel.template,
        channel.quiet_hours,
        channel.dedup_window,
        channel.digest_interval,
    )
    return {
        "project_id": channel.name.project_id,
        "channel_id": channel.name.channel_id,
        "kind": _numbers[type(channel.target)],
        "what": _encoder.encode(stored).decode(),
        "stored_secret": channel.stored_secret,
        "disabled": channel.disabled,
        "disabled_reason": channel.disabled_reason,
        "failed_in_a_row": channel.failed_in_a_row,
        "version": channel.version,
        "created_at": channel.created_at,
        "updated_at": channel.updated_at,
    }


def channel_from(row: RowMapping) -> Channel:
    """The channel of a row."""
    stored = _channel_decoder.decode(row["what"])
    target: Target = msgspec.convert(stored.target, KINDS[row["kind"]])
    return Channel(
        name=ChannelName(row["project_id"], row["channel_id"]),
        display_name=stored.display_name,
        target=target,
        rules=stored.rules,
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        template=stored.template,
        quiet_hours=stored.quiet_hours,
        dedup_window=stored.dedup_window,
        digest_interval=stored.digest_interval,
        disabled=row["disabled"],
        disabled_reason=row["disabled_reason"],
        failed_in_a_row=row["failed_in_a_row"],
        version=row["version"],
        stored_secret=row["stored_secret"],
    )


def delivery_values(delivery: Delivery) -> Values:
    """A delivery's row, but for who has claimed it."""
    stored = _StoredDelivery(
        delivery.notifications,
        delivery.attempts,
        delivery.suppressed_count,
        delivery.failure,
        delivery.replay_of,
    )
    return {
        "project_id": delivery.name.project_id,
        "channel_id": delivery.name.channel_id,
        "delivery_id": delivery.name.delivery_id,
        "state": int(delivery.state),
        "due_at": delivery.due_at,
        "attempt_count": len(delivery.attempts),
        "what": _encoder.encode(stored).decode(),
        "created_at": delivery.created_at,
        "ended_at": delivery.ended_at,
    }


def delivery_from(row: RowMapping) -> Delivery:
    """The delivery of a row."""
    stored = _delivery_decoder.decode(row["what"])
    return Delivery(
        name=DeliveryName(row["project_id"], row["channel_id"], row["delivery_id"]),
        notifications=stored.notifications,
        created_at=row["created_at"],
        due_at=row["due_at"],
        state=DeliveryState(row["state"]),
        attempts=stored.attempts,
        suppressed_count=stored.suppressed_count,
        ended_at=row["ended_at"],
        failure=stored.failure,
        replay_of=stored.replay_of,
    )
