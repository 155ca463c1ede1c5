"""The storage of channels and deliveries."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from flext_quality.domain.identifiers import ChannelName, DeliveryName, ProjectName
from flext_quality.domain.notifications.channel import Channel
from flext_quality.domain.notifications.delivery import Delivery, DeliveryState
from flext_quality.domain.result import FlextResult


class ChannelRepository(Protocol):
    """The channels. They go with their project."""

    async def add(self, channel: Channel) -> None:
        """Stores a new channel. Its project exists."""
        ...

    async def get(self, name: ChannelName, *, for_update: bool = False) -> FlextResult[Channel]:
        """One channel. Fails with `ChannelNotFoundError`.

        With `for_update`, nobody else can change it before this unit of work ends.
        """
        ...

    async def save(self, channel: Channel) -> None:
        """Stores a changed channel."""
        ...

    async def delete(self, name: ChannelName) -> None:
        """Removes the channel with its deliveries."""
        ...

    async def with_secrets(self, *, limit: int, after: ChannelName | None = None) -> list[Channel]:
        """At most `limit` channels of all projects that have a secret, in order of names after `after`."""
        ...

    async def count(self, project: ProjectName) -> int:
        """How many channels the project has."""
        ...

    async def list(self, project: ProjectName, *, limit: int, after: str = "") -> list[Channel]:
        """At most `limit` of the project's channels in order, with ids greater than `after`."""
        ...


@dataclass(frozen=True, slots=True)
class SentNotification:
    """When a notification was sent last, and in which delivery."""

    delivery: DeliveryName
    time: datetime


class DeliveryRepository(Protocol):
    """The deliveries. They go with their channel."""

    async def add(self, delivery: Delivery) -> None:
        """Stores a new delivery. Its channel exists."""
        ...

    async def get(self, name: DeliveryName, *, for_update: bool = False) -> FlextResult[Delivery]:
        """One delivery. Fails with `DeliveryNotFoundError`."""
        ...

    async def save(self, delivery: Delivery, *, owner: str = "") -> None:
        """Stores a changed delivery, and gives the claim back if `owner` has it."""
        ...

    async def list(
        self,
        channel: ChannelName,
        *,
        limit: int,
        before: str = "",
        states: Collection[DeliveryState] = (),
    ) -> list[Delivery]:
        """At most `limit` deliveries of a channel, newest first, with ids less than `before` if given."""
        ...

    async def any_due(self, now: datetime) -> bool:
        """Whether a delivery is due that nobody has claimed. Changes nothing."""
        ...

    async def claim(self, owner: str, *, now: datetime, until: datetime) -> Delivery | None:
        """The delivery that is due longest, for `owner` alone until a time; None if there is none.

        Not one of a channel of which somebody has claimed another: a channel gets one after the other.
        """
        ...

    async def open_digest(self, channel: ChannelName, now: datetime) -> Delivery | None:
        """The newest delivery that is not due yet and was never tried, locked as by `for_update`."""
        ...

    async def give_up(self, channel: ChannelName, why: str, now: datetime) -> int:
        """Makes every PENDING delivery of the channel FAILED; how many."""
        ...

    async def told(self, channel: ChannelName, key: str) -> SentNotification | None:
        """When a notification with this key was sent last; None: not within what is kept."""
        ...

    async def remember(self, channel: ChannelName, key: str, told_now: SentNotification) -> None:
        """Keeps when it was sent."""
        ...

    async def forget(self, before: datetime) -> int:
        """Removes deliveries that ended before a time, and what was told before it; how many deliveries."""
        ...
