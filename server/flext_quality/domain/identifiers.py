"""Names of things, and how they are made."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [first + second for first in _CROCKFORD for second in _CROCKFORD]
_PROJECT = re.compile(r"projects/([a-z0-9][a-z0-9-]{1,62})")
_ANALYSIS = re.compile(r"projects/([a-z0-9][a-z0-9-]{1,62})/analyses/([0-9a-z]{26})")
_ISSUE = re.compile(r"projects/([a-z0-9][a-z0-9-]{1,62})/issues/([0-9a-z]{26})")
_CHANNEL = re.compile(r"projects/([a-z0-9][a-z0-9-]{1,62})/channels/([0-9a-z]{26})")
_DELIVERY = re.compile(
    r"projects/([a-z0-9][a-z0-9-]{1,62})/channels/([0-9a-z]{26})/deliveries/([0-9a-z]{26})"
)
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


def new_project_id(display_name: str) -> str:
    """A readable id that nobody else has: the display name's letters and six random characters."""
    plain = unicodedata.normalize("NFKD", display_name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_SLUG_LENGTH].rstrip("-") or "project"
    return f"{slug}-{''.join(secrets.choice(_CROCKFORD) for _ in range(6))}"


@dataclass(frozen=True, slots=True, order=True)
class ProjectName:
    """projects/{project}."""

    project_id: str

    def __str__(self) -> str:
        return f"projects/{self.project_id}"

    @classmethod
    def parse(cls, text: str) -> ProjectName:
        """Reads a name.

        Raises:
            ValueError: it is not one.
        """
        match = _PROJECT.fullmatch(text)
        if match is None:
            raise ValueError(f"not a project's name: {text!r}")
        return cls(match[1])


@dataclass(frozen=True, slots=True, order=True)
class AnalysisName:
    """projects/{project}/analyses/{analysis}. Of two, the later analysis has the greater id."""

    project_id: str
    analysis_id: str

    def __str__(self) -> str:
        return f"projects/{self.project_id}/analyses/{self.analysis_id}"

    @property
    def project(self) -> ProjectName:
        """The project it belongs to."""
        return ProjectName(self.project_id)

    @classmethod
    def parse(cls, text: str) -> AnalysisName:
        """Reads a name.

        Raises:
            ValueError: it is not one.
        """
        match = _ANALYSIS.fullmatch(text)
        if match is None:
            raise ValueError(f"not an analysis's name: {text!r}")
        return cls(match[1], match[2])


@dataclass(frozen=True, slots=True, order=True)
class IssueName:
    """projects/{project}/issues/{issue}. Of two, the later issue has the greater id."""

    project_id: str
    issue_id: str

    def __str__(self) -> str:
        return f"projects/{self.project_id}/issues/{self.issue_id}"

    @property
    def project(self) -> ProjectName:
        """The project it belongs to."""
        return ProjectName(self.project_id)

    @classmethod
    def parse(cls, text: str) -> IssueName:
        """Reads a name.

        Raises:
            ValueError: it is not one.
        """
        match = _ISSUE.fullmatch(text)
        if match is None:
            raise ValueError(f"not an issue's name: {text!r}")
        return cls(match[1], match[2])


@dataclass(frozen=True, slots=True, order=True)
class ChannelName:
    """projects/{project}/channels/{channel}. Of two, the later channel has the greater id."""

    project_id: str
    channel_id: str

    def __str__(self) -> str:
        return f"projects/{self.project_id}/channels/{self.channel_id}"

    @property
    def project(self) -> ProjectName:
        """The project it belongs to."""
        return ProjectName(self.project_id)

    @classmethod
    def parse(cls, text: str) -> ChannelName:
        """Reads a name.

        Raises:
            ValueError: it is not one.
        """
        match = _CHANNEL.fullmatch(text)
        if match is None:
            raise ValueError(f"not a channel's name: {text!r}")
        return cls(match[1], match[2])


@dataclass(frozen=True, slots=True, order=True)
class DeliveryName:
    """projects/{project}/channels/{channel}/deliveries/{delivery}. The later has the greater id."""

    project_id: str
    channel_id: str
    delivery_id: str

    def __str__(self) -> str:
        return f"{self.channel}/deliveries/{self.delivery_id}"

    @property
    def channel(self) -> ChannelName:
        """The channel it goes through."""
        return ChannelName(self.project_id, self.channel_id)

    @classmethod
    def parse(cls, text: str) -> DeliveryName:
        """Reads a name.

        Raises:
            ValueError: it is not one.
        """
        match = _DELIVERY.fullmatch(text)
        if match is None:
            raise ValueError(f"not a delivery's name: {text!r}")
        return cls(match[1], match[2], match[3])
