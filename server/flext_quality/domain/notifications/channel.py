"""Where a project's messages go, and when."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import IntEnum
from zoneinfo import ZoneInfo

from flext_quality.domain.errors import EtagMismatchError
from flext_quality.domain.identifiers import ChannelName
from flext_quality.domain.notifications.notification import Notification, Rule, is_told

MAX_CHANNELS = 100
"""How many channels a project may have."""

MAX_FAILED_IN_A_ROW = 5
"""At so many messages that failed for good since the last that arrived, the channel is disabled."""


@dataclass(frozen=True, slots=True)
class WebhookTarget:
    """An HTTP endpoint. The secret is the key of the signature."""

    url: str


@dataclass(frozen=True, slots=True)
class SlackTarget:
    """A Slack incoming webhook. The secret is its URL; without one it is the operator's.

    `channel` is empty for the operator's, or for the one that the webhook was made for.
    """

    channel: str = ""


class EmailSecurity(IntEnum):
    """How a connection to a mail server is kept private. The numbers are the contract's."""

    STARTTLS = 1
    TLS = 2
    NONE = 3


DEFAULT_PORTS = {EmailSecurity.STARTTLS: 587, EmailSecurity.TLS: 465, EmailSecurity.NONE: 25}


@dataclass(frozen=True, slots=True)
class EmailTarget:
    """Mail by SMTP. The secret is the password.

    Without `host` it is the operator's mail server, and `security`, `port` and `user` say nothing. Without
    `sender` it is the operator's.
    """

    host: str
    sender: str
    to: tuple[str, ...]
    security: EmailSecurity = EmailSecurity.STARTTLS
    port: int = 0
    user: str = ""

    @property
    def effective_port(self) -> int:
        """The port, or the usual one."""
        return self.port or DEFAULT_PORTS[self.security]


@dataclass(frozen=True, slots=True)
class AppriseTarget:
    """A service that apprise speaks. The secret is its URL."""

    scheme: str


@dataclass(frozen=True, slots=True)
class PluginTarget:
    """What a plugin speaks. The secret is the address."""

    plugin: str


Target = WebhookTarget | SlackTarget | EmailTarget | AppriseTarget | PluginTarget


@dataclass(frozen=True, slots=True)
class Template:
    """The words of messages; an empty text is the default one."""

    title: str = ""
    body: str = ""


_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """A time of the day in which a channel is silent, from `start` until, not including, `end`.

    `end` before `start` is of the next day, and equal to it makes it the whole day. `days` are those on
    which it starts, 1 (Monday) to 7; none: every day.
    """

    time_zone: str
    start: time
    end: time
    days: frozenset[int] = frozenset()

    def next_loud(self, now: datetime) -> datetime:
        """The first moment from `now` on that is not quiet, in UTC; `now` itself if it is not.

        With whole days on every day there is none: then it is a week later.
        """
        zone = ZoneInfo(self.time_zone)
        moment = now
        for _ in range(8):
            end = self._end_of_quiet(moment, zone)
            if end is None:
                return moment
            moment = end
        return moment

    def _end_of_quiet(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        here = now.astimezone(zone)
        for day in (here.date() - _DAY, here.date()):
            if self.days and day.isoweekday() not in self.days:
                continue
            begin = datetime.combine(day, self.start, zone)
            end_day = day if self.end > self.start else day + _DAY
            end = datetime.combine(end_day, self.end, zone)
            # Compared in UTC, so that a clock that is put back does not hide an hour.
            first, last = begin.astimezone(now.tzinfo), end.astimezone(now.tzinfo)
            if first <= now < last:
                return last
        return None


@dataclass(slots=True)
class Channel:
    """Where messages go. `version` counts people's changes from 1.

    `stored_secret` is encrypted; empty for none.
    """

    name: ChannelName
    display_name: str
    target: Target
    rules: tuple[Rule, ...]
    created_at: datetime
    updated_at: datetime
    template: Template = field(default_factory=Template)
    quiet_hours: QuietHours | None = None
    dedup_window: timedelta = timedelta(0)
    digest_interval: timedelta = timedelta(0)
    disabled: bool = False
    disabled_reason: str = ""
    failed_in_a_row: int = 0
    version: int = 1
    stored_secret: str = field(default="", repr=False)

    @property
    def etag(self) -> str:
        """Changes with every change that somebody makes."""
        return f'W/"{self.name.channel_id}-{self.version}"'

    def check_etag(self, etag: str) -> None:
        """Does nothing if `etag` is empty or current.

        Raises:
            EtagMismatchError: somebody changed the channel since.
        """
        if etag and etag != self.etag:
            raise EtagMismatchError(str(self.name), self.etag, "channel")

    def tells(self, notification: Notification) -> bool:
        """Whether it tells this: only what happened since it was made, and nothing about itself."""
        if self.disabled or notification.time < self.created_at:
            return False
        if notification.values.get("channel") == str(self.name):
            return False
        return is_told(self.rules, notification)

    def due_at(self, now: datetime) -> datetime:
        """When a message that is made now goes out: after the digest's interval, never in quiet hours."""
        return self.loud_at(now + self.digest_interval)

    def loud_at(self, moment: datetime) -> datetime:
        """The first moment from `moment` on at which it may speak."""
        return moment if self.quiet_hours is None else self.quiet_hours.next_loud(moment)

    def changed(self, now: datetime) -> None:
        """Counts a change that somebody made."""
        self.version += 1
        self.updated_at = now

    def enable(self) -> None:
        """Enables the channel again; earlier failures no longer count."""
        self.disabled, self.disabled_reason, self.failed_in_a_row = False, "", 0

    def arrived(self) -> None:
        """A message arrived."""
        self.failed_in_a_row = 0

    def failed(self, why: str, *, is_gone: bool) -> bool:
        """A message failed for good. True if the channel is disabled by that.

        `is_gone`: the target said that it does not exist any more, which is enough.
        """
        self.failed_in_a_row += 1
        if self.disabled or not (is_gone or self.failed_in_a_row >= MAX_FAILED_IN_A_ROW):
            return False
        self.disabled = True
        self.disabled_reason = (
            f"the target says that it is gone ({why})"
            if is_gone
            else f"{self.failed_in_a_row} messages in a row could not be sent, the last one: {why}"
        )
        self.version += 1
        return True
