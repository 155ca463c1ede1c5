"""How far the readers of the whole log have come."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, or_, select

from flext_quality.infrastructure.persistence.engine import insert_if_absent, insert_or_replace
from flext_quality.infrastructure.persistence.tables import cursors
from flext_quality.infrastructure.persistence.transaction import Transaction

_IS_IT = cursors.c.name == bindparam("of")
_IS_OWN = cursors.c.owner == bindparam("by")

_GET = select(cursors.c.position).where(_IS_IT)
_TAKE = (
    cursors.update()
    .where(
        _IS_IT,
        or_(_IS_OWN, cursors.c.owned_until.is_(None), cursors.c.owned_until <= bindparam("now")),
    )
    .values(owner=bindparam("by"), owned_until=bindparam("until"))
)
_ADVANCE = cursors.update().where(_IS_IT, _IS_OWN).values(position=bindparam("at"))
_RELEASE = cursors.update().where(_IS_IT, _IS_OWN).values(owner="", owned_until=None)


class SqlCursorRepository:
    """A row for each reader."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def get(self, name: str) -> int:
        """The reader's position; 0 for a new one."""
        return int(await self._transaction.value(_GET, {"of": name}) or 0)

    async def set(self, name: str, position: int) -> None:
        """Moves the reader's position."""
        put = insert_or_replace(cursors, self._transaction.dialect, columns=["position"])
        await self._transaction.write(put, {"name": name, "position": position, "owner": ""})

    async def take(self, name: str, owner: str, *, now: datetime, until: datetime) -> bool:
        """Makes `owner` the one who reads."""
        new = insert_if_absent(cursors, self._transaction.dialect)
        await self._transaction.write(new, {"name": name, "position": 0, "owner": ""})
        parameters = {"of": name, "by": owner, "now": now, "until": until}
        return await self._transaction.write(_TAKE, parameters) == 1

    async def advance(self, name: str, owner: str, position: int) -> bool:
        """Moves the position if `owner` still has the cursor."""
        parameters = {"of": name, "by": owner, "at": position}
        return await self._transaction.write(_ADVANCE, parameters) == 1

    async def release(self, name: str, owner: str) -> None:
        """Lets others take it."""
        await self._transaction.write(_RELEASE, {"of": name, "by": owner})
