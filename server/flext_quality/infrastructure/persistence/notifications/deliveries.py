"""The messages that go through channels."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, exists, select

from flext_quality.application.ports.notifications import SentNotification
from flext_quality.domain.errors import DeliveryNotFoundError
from flext_quality.domain.identifiers import ChannelName, DeliveryName
from flext_quality.domain.notifications.delivery import Delivery, DeliveryState
from flext_quality.domain.result import FlextResult
from flext_quality.infrastructure.persistence.engine import insert_or_replace
from flext_quality.infrastructure.persistence.notifications.codec import (
    delivery_from,
    delivery_values,
)
from flext_quality.infrastructure.persistence.tables import deliveries as table
from flext_quality.infrastructure.persistence.tables import told
from flext_quality.infrastructure.persistence.transaction import Transaction

_OF_CHANNEL = (
    table.c.project_id == bindparam("project"),
    table.c.channel_id == bindparam("channel"),
)
_IS_IT = (*_OF_CHANNEL, table.c.delivery_id == bindparam("id"))
_IS_PENDING = table.c.state == int(DeliveryState.PENDING)
_ADD = table.insert()
_GET = select(table).where(*_IS_IT)
_SAVE = table.update().where(*_IS_IT)
_GIVE_BACK = (
    table.update()
    .where(*_IS_IT, table.c.owner == bindparam("by"))
    .values(owner="", owned_until=None)
)
_IS_FREE = table.c.owned_until.is_(None) | (table.c.owned_until <= bindparam("now"))
_other = table.alias("other")
_DUE = (
    select(table)
    .where(
        _IS_PENDING,
        table.c.due_at <= bindparam("now"),
        _IS_FREE,
        ~exists().where(
            _other.c.project_id == table.c.project_id,
            _other.c.channel_id == table.c.channel_id,
            _other.c.owned_until > bindparam("now"),
        ),
    )
    .order_by(table.c.due_at, table.c.delivery_id)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_ANY_DUE = (
    select(table.c.delivery_id)
    .where(_IS_PENDING, table.c.due_at <= bindparam("now"), _IS_FREE)
    .limit(1)
)
_CLAIM = (
    table.update()
    .where(*_IS_IT, _IS_FREE)
    .values(owner=bindparam("by"), owned_until=bindparam("until"))
)
_OPEN_DIGEST = (
    select(table)
    .where(
        *_OF_CHANNEL,
        _IS_PENDING,
        table.c.attempt_count == 0,
        table.c.due_at > bindparam("now"),
    )
    .order_by(table.c.delivery_id.desc())
    .limit(1)
    .with_for_update()
)
_PENDING = select(table).where(*_OF_CHANNEL, _IS_PENDING).with_for_update()
_TOLD = select(told.c.delivery_id, told.c.time).where(
    told.c.project_id == bindparam("project"),
    told.c.channel_id == bindparam("channel"),
    told.c.key == bindparam("key"),
)
_FORGET = table.delete().where(table.c.ended_at < bindparam("before"))
_FORGET_TOLD = told.delete().where(told.c.time < bindparam("before"))


class SqlDeliveryRepository:
    """Keeps deliveries, a row for each."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, delivery: Delivery) -> None:
        """Stores a new delivery."""
        await self._transaction.write(_ADD, delivery_values(delivery))

    async def get(self, name: DeliveryName, *, for_update: bool = False) -> FlextResult[Delivery]:
        """One delivery, locked until the end of the unit of work with `for_update`."""
        row = await self._transaction.row(
            _GET.with_for_update() if for_update else _GET, _key(name)
        )
        if row is None:
            return FlextResult.fail(DeliveryNotFoundError(str(name)))
        return FlextResult.ok(delivery_from(row))

    async def save(self, delivery: Delivery, *, owner: str = "") -> None:
        """Stores a changed delivery, and gives the claim back if `owner` has it."""
        values, key = delivery_values(delivery), _key(delivery.name)
        for column in ("project_id", "channel_id", "delivery_id"):
            del values[column]
        if not await self._transaction.write(_SAVE, {**key, **values}):
            raise LookupError(f"{delivery.name} was changed but never added")
        if owner:
            await self._transaction.write(_GIVE_BACK, {**key, "by": owner})

    async def list(
        self,
        channel: ChannelName,
        *,
        limit: int,
        before: str = "",
        states: Collection[DeliveryState] = (),
    ) -> list[Delivery]:
        """At most `limit` deliveries, newest first."""
        statement = select(table).where(*_OF_CHANNEL).order_by(table.c.delivery_id.desc())
        if before:
            statement = statement.where(table.c.delivery_id < before)
        if states:
            statement = statement.where(table.c.state.in_([int(state) for state in states]))
        rows = await self._transaction.rows(statement.limit(limit), _channel_key(channel))
        return [delivery_from(row) for row in rows]

    async def any_due(self, now: datetime) -> bool:
        """Whether there is something to claim."""
        return await self._transaction.row(_ANY_DUE, {"now": now}) is not None

    async def claim(self, owner: str, *, now: datetime, until: datetime) -> Delivery | None:
        """What is due longest, for `owner` alone."""
        row = await self._transaction.row(_DUE, {"now": now})
        if row is None:
            return None
        delivery = delivery_from(row)
        parameters = {**_key(delivery.name), "by": owner, "now": now, "until": until}
        return delivery if await self._transaction.write(_CLAIM, parameters) else None

    async def open_digest(self, channel: ChannelName, now: datetime) -> Delivery | None:
        """The newest that is not due yet and was never tried."""
        row = await self._transaction.row(_OPEN_DIGEST, {**_channel_key(channel), "now": now})
        return None if row is None else delivery_from(row)

    async def give_up(self, channel: ChannelName, why: str, now: datetime) -> int:
        """Makes what is PENDING of the channel FAILED."""
        rows = await self._transaction.rows(_PENDING, _channel_key(channel))
        for row in rows:
            delivery = delivery_from(row)
            delivery.give_up(why, now)
            await self.save(delivery)
        return len(rows)

    async def told(self, channel: ChannelName, key: str) -> SentNotification | None:
        """When it was told last."""
        row = await self._transaction.row(_TOLD, {**_channel_key(channel), "key": key})
        if row is None:
            return None
        name = DeliveryName(channel.project_id, channel.channel_id, row["delivery_id"])
        return SentNotification(name, row["time"])

    async def remember(self, channel: ChannelName, key: str, told_now: SentNotification) -> None:
        """Keeps that it was told."""
        values = {
            "project_id": channel.project_id,
            "channel_id": channel.channel_id,
            "key": key,
            "delivery_id": told_now.delivery.delivery_id,
            "time": told_now.time,
        }
        await self._transaction.write(insert_or_replace(told, self._transaction.dialect), values)

    async def forget(self, before: datetime) -> int:
        """Removes what ended before a time."""
        await self._transaction.write(_FORGET_TOLD, {"before": before})
        return await self._transaction.write(_FORGET, {"before": before})


def _key(name: DeliveryName) -> dict[str, Any]:
    return {**_channel_key(name.channel), "id": name.delivery_id}


def _channel_key(name: ChannelName) -> dict[str, Any]:
    return {"project": name.project_id, "channel": name.channel_id}
