"""Channels and what is sent over them, in memory."""

# ruff: noqa: D102  # the ports say what their methods promise

from __future__ import annotations

import sys
from collections.abc import Collection
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime

from flext_quality.application.ports.notifications import SentNotification
from flext_quality.application.ports.sending import Message
from flext_quality.domain.errors import ChannelNotFoundError, DeliveryNotFoundError
from flext_quality.domain.identifiers import ChannelName, DeliveryName, ProjectName
from flext_quality.domain.notifications.channel import Channel, Target
from flext_quality.domain.notifications.delivery import Delivery, DeliveryState, SendOutcome
from flext_quality.domain.result import FlextResult
from flext_quality.testing.state import StoredDelivery, Work


@dataclass
class FakeChannels:
    """`ChannelRepository`."""

    work: Work

    async def add(self, channel: Channel) -> None:
        self.work.write.channels[channel.name] = deepcopy(channel)

    async def get(self, name: ChannelName, *, for_update: bool = False) -> FlextResult[Channel]:
        channel = self.work.read.channels.get(name)
        if channel is None:
            return FlextResult.fail(ChannelNotFoundError(str(name)))
        return FlextResult.ok(deepcopy(channel))

    async def save(self, channel: Channel) -> None:
        if channel.name not in self.work.write.channels:
            raise LookupError(f"{channel.name} was changed but never added")
        self.work.write.channels[channel.name] = deepcopy(channel)

    async def delete(self, name: ChannelName) -> None:
        state = self.work.write
        state.channels.pop(name, None)
        state.deliveries = {n: d for n, d in state.deliveries.items() if n.channel != name}
        state.told = {k: t for k, t in state.told.items() if k[0] != name}

    async def count(self, project: ProjectName) -> int:
        return sum(name.project == project for name in self.work.read.channels)

    async def with_secrets(self, *, limit: int, after: ChannelName | None = None) -> list[Channel]:
        found = sorted(
            (channel for channel in self.work.read.channels.values() if channel.stored_secret),
            key=lambda channel: channel.name,
        )
        return deepcopy([one for one in found if after is None or one.name > after][:limit])

    async def list(self, project: ProjectName, *, limit: int, after: str = "") -> list[Channel]:
        names = sorted(n for n in self.work.read.channels if n.project == project)
        chosen = [n for n in names if n.channel_id > after][:limit]
        return deepcopy([self.work.read.channels[name] for name in chosen])


@dataclass
class FakeDeliveries:
    """`DeliveryRepository`."""

    work: Work

    async def add(self, delivery: Delivery) -> None:
        self.work.write.deliveries[delivery.name] = StoredDelivery(deepcopy(delivery))

    async def get(self, name: DeliveryName, *, for_update: bool = False) -> FlextResult[Delivery]:
        stored = self.work.read.deliveries.get(name)
        if stored is None:
            return FlextResult.fail(DeliveryNotFoundError(str(name)))
        return FlextResult.ok(deepcopy(stored.delivery))

    async def save(self, delivery: Delivery, *, owner: str = "") -> None:
        if delivery.name not in self.work.write.deliveries:
            raise LookupError(f"{delivery.name} was changed but never added")
        before = self.work.write.deliveries[delivery.name]
        gives_back = owner and before.owner == owner
        claim = ("", None) if gives_back else (before.owner, before.until)
        self.work.write.deliveries[delivery.name] = StoredDelivery(deepcopy(delivery), *claim)

    def _due(self, now: datetime) -> list[StoredDelivery]:
        return sorted(
            (
                stored
                for stored in self.work.read.deliveries.values()
                if stored.delivery.state is DeliveryState.PENDING
                and stored.delivery.due_at <= now
                and not stored.is_claimed(now)
            ),
            key=lambda stored: (stored.delivery.due_at, stored.delivery.name.delivery_id),
        )

    async def any_due(self, now: datetime) -> bool:
        return bool(self._due(now))

    async def claim(self, owner: str, *, now: datetime, until: datetime) -> Delivery | None:
        stored = self.work.write.deliveries
        busy = {name.channel for name, one in stored.items() if one.is_claimed(now)}
        for one in self._due(now):
            if one.delivery.name.channel not in busy:
                stored[one.delivery.name] = StoredDelivery(one.delivery, owner, until)
                return deepcopy(one.delivery)
        return None

    async def open_digest(self, channel: ChannelName, now: datetime) -> Delivery | None:
        for delivery in await self.list(channel, limit=sys.maxsize, states=[DeliveryState.PENDING]):
            if not delivery.attempts and delivery.due_at > now:
                return delivery
        return None

    async def give_up(self, channel: ChannelName, why: str, now: datetime) -> int:
        pending = await self.list(channel, limit=sys.maxsize, states=[DeliveryState.PENDING])
        for delivery in pending:
            delivery.give_up(why, now)
            await self.save(delivery)
        return len(pending)

    async def told(self, channel: ChannelName, key: str) -> SentNotification | None:
        return self.work.read.told.get((channel, key))

    async def remember(self, channel: ChannelName, key: str, told_now: SentNotification) -> None:
        self.work.write.told[channel, key] = told_now

    async def forget(self, before: datetime) -> int:
        state = self.work.write
        state.told = {k: t for k, t in state.told.items() if t.time >= before}
        old = [
            name
            for name, stored in state.deliveries.items()
            if stored.delivery.ended_at is not None and stored.delivery.ended_at < before
        ]
        for name in old:
            del state.deliveries[name]
        return len(old)

    async def list(
        self,
        channel: ChannelName,
        *,
        limit: int,
        before: str = "",
        states: Collection[DeliveryState] = (),
    ) -> list[Delivery]:
        found = [
            stored.delivery
            for name, stored in sorted(self.work.read.deliveries.items(), reverse=True)
            if name.channel == channel
            and (not before or name.delivery_id < before)
            and (not states or stored.delivery.state in states)
        ]
        return deepcopy(found[:limit])


@dataclass
class FakeNotifier:
    """Remembers what it was given; answers what `outcomes` say, then that it arrived."""

    outcomes: list[SendOutcome] = field(default_factory=list)
    sent: list[tuple[Target, str, Message]] = field(default_factory=list)

    def check(self, target: Target, secret: str) -> FlextResult[None]:
        return FlextResult.ok(None)

    async def send(self, target: Target, secret: str, message: Message) -> SendOutcome:
        self.sent.append((target, secret, message))
        return self.outcomes.pop(0) if self.outcomes else SendOutcome(True, "200")
