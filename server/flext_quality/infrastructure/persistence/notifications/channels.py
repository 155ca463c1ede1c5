"""Where projects' messages go."""

from __future__ import annotations

from sqlalchemy import bindparam, func, select, tuple_

from flext_quality.domain.errors import ChannelNotFoundError
from flext_quality.domain.identifiers import ChannelName, ProjectName
from flext_quality.domain.notifications.channel import Channel
from flext_quality.domain.result import FlextResult
from flext_quality.infrastructure.persistence.notifications.codec import (
    channel_from,
    channel_values,
)
from flext_quality.infrastructure.persistence.tables import channels, deliveries, told
from flext_quality.infrastructure.persistence.transaction import Transaction

_IS_IT = (channels.c.project_id == bindparam("project"), channels.c.channel_id == bindparam("id"))
_ADD = channels.insert()
_GET = select(channels).where(*_IS_IT)
_GET_FOR_UPDATE = _GET.with_for_update()
_SAVE = channels.update().where(*_IS_IT)
_LIST = (
    select(channels)
    .where(
        channels.c.project_id == bindparam("project"), channels.c.channel_id > bindparam("after")
    )
    .order_by(channels.c.channel_id)
    .limit(bindparam("most"))
)
_COUNT = (
    select(func.count()).select_from(channels).where(channels.c.project_id == bindparam("project"))
)
_WITH_SECRETS = (
    select(channels)
    .where(
        channels.c.stored_secret != "",
        tuple_(channels.c.project_id, channels.c.channel_id)
        > tuple_(bindparam("project"), bindparam("id")),
    )
    .order_by(channels.c.project_id, channels.c.channel_id)
    .limit(bindparam("most"))
)
_DELETE = [
    table.delete().where(
        table.c.project_id == bindparam("project"), table.c.channel_id == bindparam("id")
    )
    # In an order that the foreign keys permit.
    for table in (told, deliveries, channels)
]


class SqlChannelRepository:
    """Keeps channels, a row for each."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, channel: Channel) -> None:
        """Stores a new channel."""
        await self._transaction.write(_ADD, channel_values(channel))

    async def get(self, name: ChannelName, *, for_update: bool = False) -> FlextResult[Channel]:
        """One channel, locked until the end of the unit of work with `for_update`."""
        row = await self._transaction.row(_GET_FOR_UPDATE if for_update else _GET, _key(name))
        if row is None:
            return FlextResult.fail(ChannelNotFoundError(str(name)))
        return FlextResult.ok(channel_from(row))

    async def save(self, channel: Channel) -> None:
        """Stores a changed channel."""
        values = channel_values(channel)
        del values["project_id"], values["channel_id"]
        if not await self._transaction.write(_SAVE, {**_key(channel.name), **values}):
            raise LookupError(f"{channel.name} was changed but never added")

    async def delete(self, name: ChannelName) -> None:
        """Removes the channel with its deliveries."""
        for delete in _DELETE:
            await self._transaction.write(delete, _key(name))

    async def count(self, project: ProjectName) -> int:
        """How many the project has."""
        return int(await self._transaction.value(_COUNT, {"project": project.project_id}))

    async def with_secrets(self, *, limit: int, after: ChannelName | None = None) -> list[Channel]:
        """At most `limit` channels that have a secret."""
        place = _key(after) if after is not None else {"project": "", "id": ""}
        rows = await self._transaction.rows(_WITH_SECRETS, {**place, "most": limit})
        return [channel_from(row) for row in rows]

    async def list(self, project: ProjectName, *, limit: int, after: str = "") -> list[Channel]:
        """At most `limit` channels after the id `after`."""
        parameters = {"project": project.project_id, "after": after, "most": limit}
        return [channel_from(row) for row in await self._transaction.rows(_LIST, parameters)]


def _key(name: ChannelName) -> dict[str, str]:
    return {"project": name.project_id, "id": name.channel_id}
