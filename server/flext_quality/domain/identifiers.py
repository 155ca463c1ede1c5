"""Names of things, and how they are made."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flext_quality.domain.errors import invalid_field

_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [first + second for first in _CROCKFORD for second in _CROCKFORD]
_PROJECT = r"projects/([a-z0-9][a-z0-9-]{1,62})"
_ID = r"([0-9a-z]{26})"
# Channels were called otherwise before; what is stored of them still is.
_CHANNEL = rf"{_PROJECT}/(?:notificationChannels|channels)/{_ID}"
_SLUG_LENGTH = 48
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def new_id(now: datetime) -> str:
    """A ULID in lower case: 26 characters that sort by the time they were made, to the millisecond.

    Source: https://github.com/ulid/spec
    """
    milliseconds = (now - _EPOCH) // timedelta(milliseconds=1)
    return _text((milliseconds << 80) | secrets.randbits(80))


def new_ids(now: datetime) -> Iterator[str]:
    """Any number of ULIDs, of which each is greater than the one before."""
    milliseconds = (now - _EPOCH) // timedelta(milliseconds=1)
    number = (milliseconds << 80) | secrets.randbits(79)
    while True:
        yield _text(number)
        number += 1


def _text(number: int) -> str:
    return "".join([_PAIRS[(number >> shift) & 1023] for shift in range(120, -1, -10)])


def check_project_id(project_id: str) -> None:
    """Does nothing for an id that a project may have.

    Raises:
        InvalidFieldError: it may not.
    """
    if not re.fullmatch(_PROJECT, f"projects/{project_id}"):
        raise invalid_field(
            "project_id",
            'must have 2 to 63 lower-case letters, digits and "-", the first of them no "-"',
        )


def new_project_id(display_name: str) -> str:
    """A readable id that nobody else has: the display name's letters and six random characters."""
    plain = unicodedata.normalize("NFKD", display_name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_SLUG_LENGTH].rstrip("-") or "project"
    return f"{slug}-{''.join(secrets.choice(_CROCKFORD) for _ in range(6))}"


def _parts(pattern: str, shape: str, text: str, field: str) -> tuple[str, ...]:
    match = re.fullmatch(pattern, text)
    if match is None:
        raise invalid_field(field, f'must be a name like "{shape}"')
    return match.groups()


@dataclass(frozen=True, slots=True, order=True)
class ProjectName:
    """projects/{project}."""

    project_id: str

    def __str__(self) -> str:
        return f"projects/{self.project_id}"

    @classmethod
    def parse(cls, text: str, field: str = "name") -> ProjectName:
        """Reads a name. So do the other classes' methods.

        Raises:
            InvalidFieldError: `text`, the value of `field`, is not one.
        """
        return cls(*_parts(_PROJECT, "projects/{project}", text, field))


@dataclass(frozen=True, slots=True, order=True)
class _InProject:
    project_id: str

    @property
    def project(self) -> ProjectName:
        """The project it belongs to."""
        return ProjectName(self.project_id)


@dataclass(frozen=True, slots=True, order=True)
class AnalysisName(_InProject):
    """projects/{project}/analyses/{analysis}. Of two, the later analysis has the greater id."""

    analysis_id: str

    def __str__(self) -> str:
        return f"projects/{self.project_id}/analyses/{self.analysis_id}"

    @classmethod
    def parse(cls, text: str, field: str = "name") -> AnalysisName:
        """See `ProjectName.parse`."""
        shape = "projects/{project}/analyses/{analysis}"
        return cls(*_parts(rf"{_PROJECT}/analyses/{_ID}", shape, text, field))


@dataclass(frozen=True, slots=True, order=True)
class IssueName(_InProject):
    """projects/{project}/issues/{issue}. Of two, the later issue has the greater id."""

    issue_id: str

    def __str__(self) -> str:
        return f"projects/{self.project_id}/issues/{self.issue_id}"

    @classmethod
    def parse(cls, text: str, field: str = "name") -> IssueName:
        """See `ProjectName.parse`."""
        shape = "projects/{project}/issues/{issue}"
        return cls(*_parts(rf"{_PROJECT}/issues/{_ID}", shape, text, field))


@dataclass(frozen=True, slots=True, order=True)
class ChannelName(_InProject):
    """projects/{project}/notificationChannels/{channel}. Of two, the later has the greater id."""

    channel_id: str

    def __str__(self) -> str:
        return f"projects/{self.project_id}/notificationChannels/{self.channel_id}"

    @classmethod
    def parse(cls, text: str, field: str = "name") -> ChannelName:
        """See `ProjectName.parse`."""
        shape = "projects/{project}/notificationChannels/{notification_channel}"
        return cls(*_parts(_CHANNEL, shape, text, field))


@dataclass(frozen=True, slots=True, order=True)
class DeliveryName(_InProject):
    """projects/{project}/notificationChannels/{channel}/deliveries/{delivery}. The later id is greater."""

    channel_id: str
    delivery_id: str

    def __str__(self) -> str:
        return f"{self.channel}/deliveries/{self.delivery_id}"

    @property
    def channel(self) -> ChannelName:
        """The channel it goes through."""
        return ChannelName(self.project_id, self.channel_id)

    @classmethod
    def parse(cls, text: str, field: str = "name") -> DeliveryName:
        """See `ProjectName.parse`."""
        shape = (
            "projects/{project}/notificationChannels/{notification_channel}/deliveries/{delivery}"
        )
        return cls(*_parts(rf"{_CHANNEL}/deliveries/{_ID}", shape, text, field))
