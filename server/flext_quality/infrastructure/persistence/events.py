"""The durable log."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, func, select

from flext_quality.domain.event import AnyEvent
from flext_quality.infrastructure.persistence.mapping import event_from, event_values
from flext_quality.infrastructure.persistence.tables import events
from flext_quality.infrastructure.persistence.transaction import Transaction

_APPEND = events.insert()

_READ = (
    select(events.c.subject, events.c.sequence, events.c.time, events.c.type, events.c.what)
    .where(events.c.subject == bindparam("of"), events.c.sequence > bindparam("after"))
    .order_by(events.c.sequence)
    .limit(bindparam("most"))
)

_LAST = select(func.coalesce(func.max(events.c.sequence), 0)).where(
    events.c.subject == bindparam("of")
)


async def append(transaction: Transaction, new: Sequence[AnyEvent]) -> None:
    """Stores events with the change that they tell; readers hear of them after the commit.

    Two of the same subject and sequence cannot both be stored.
    """
    if new:
        await transaction.write(_APPEND, [event_values(event) for event in new])
        transaction.events.extend(new)


class SqlEventRepository:
    """Reads the log."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def read(self, subject: str, *, after: int, limit: int) -> list[AnyEvent]:
        """At most `limit` of the subject's events after sequence `after`."""
        rows = await self._transaction.rows(_READ, {"of": subject, "after": after, "most": limit})
        return [event_from(row) for row in rows]

    async def last_sequence(self, subject: str) -> int:
        """The newest event's sequence; 0 without one."""
        return int(await self._transaction.value(_LAST, {"of": subject}))
