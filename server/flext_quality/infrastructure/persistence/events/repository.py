"""The durable log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, exists, func, or_, select

from flext_quality.application.correlation import stamped
from flext_quality.domain.event import Event
from flext_quality.domain.events.catalog import AnyEvent, EventPayload
from flext_quality.infrastructure.persistence.events.rows import event_from, event_values
from flext_quality.infrastructure.persistence.tables import events
from flext_quality.infrastructure.persistence.transaction import Transaction

_APPEND = events.insert()

_CONTENT = (
    events.c.subject,
    events.c.sequence,
    events.c.time,
    events.c.type,
    events.c.what,
    events.c.correlation_id,
)
_READ = (
    select(*_CONTENT)
    .where(events.c.subject == bindparam("of"), events.c.sequence > bindparam("after"))
    .order_by(events.c.sequence)
    .limit(bindparam("most"))
)

_LAST = select(func.coalesce(func.max(events.c.sequence), 0)).where(
    events.c.subject == bindparam("of")
)

_READ_ALL = (
    select(events.c.id, *_CONTENT)
    .where(events.c.id > bindparam("after"), events.c.id <= bindparam("until"))
    .order_by(events.c.id)
    .limit(bindparam("most"))
)
_READ_BELOW = _READ_ALL.where(
    or_(
        events.c.subject == bindparam("of"),
        # What begins with the subject and a slash; "0" comes after "/".
        events.c.subject.between(bindparam("first"), bindparam("last")),
    )
)

_NEWEST = select(func.coalesce(func.max(events.c.id), 0))

_earlier = events.alias("earlier")
_GAP = select(func.min(events.c.id)).where(
    events.c.id > bindparam("after") + 1,
    events.c.id <= bindparam("until"),
    events.c.time > bindparam("young"),
    ~exists().where(_earlier.c.id == events.c.id - 1),
)
_LAST_BEFORE = select(func.max(events.c.id)).where(
    events.c.id > bindparam("after"), events.c.id < bindparam("gap")
)

GRACE = timedelta(seconds=60)
"""How long a transaction that stores events may take until its commit.

PostgreSQL hands out ids before the commit, so that a lower one may appear after a higher one. Readers
stop in front of a missing id until the event behind it is this old; it was rolled back then, or removed.
SQLite has one writer at a time: its ids are in the order of the commits.
"""
_SPAN = 10_000
"""How many ids are searched for missing ones at once."""


async def append(transaction: Transaction, new: Sequence[AnyEvent]) -> None:
    """Stores events with the change that they tell; readers hear of them after the commit.

    Two of the same subject and sequence cannot both be stored.
    """
    if new:
        caused = stamped(new)
        await transaction.write(_APPEND, [event_values(event) for event in caused])
        transaction.events.extend(caused)


class SqlEventRepository:
    """The log."""

    def __init__(self, transaction: Transaction, *, gaps_may_fill: bool | None = None) -> None:
        """`gaps_may_fill`: whether lower ids may appear after higher ones; else as the database does."""
        self._transaction = transaction
        kind = transaction.dialect
        self._gaps_may_fill = kind != "sqlite" if gaps_may_fill is None else gaps_may_fill

    async def append(self, subject: str, time: datetime, what: EventPayload) -> None:
        """Stores the subject's next event."""
        await self._transaction.lock(subject)
        sequence = await self.last_sequence(subject) + 1
        await append(self._transaction, [Event(subject, sequence, time, what)])

    async def read(self, subject: str, *, after: int, limit: int) -> list[AnyEvent]:
        """At most `limit` of the subject's events after sequence `after`."""
        rows = await self._transaction.rows(_READ, {"of": subject, "after": after, "most": limit})
        return [event_from(row) for row in rows]

    async def last_sequence(self, subject: str) -> int:
        """The newest event's sequence; 0 without one."""
        return int(await self._transaction.value(_LAST, {"of": subject}))

    async def read_all(
        self, after: int, limit: int, subject_prefix: str = ""
    ) -> list[tuple[int, AnyEvent]]:
        """At most `limit` events of all subjects, or those at and below one, after a position."""
        newest = await self.newest()
        while after < newest:
            until = await self._complete_until(after, newest)
            rows = await self._transaction.rows(
                _READ_BELOW if subject_prefix else _READ_ALL,
                _bounds(after, until, limit, subject_prefix),
            )
            if rows or until == after:
                return [(row["id"], event_from(row)) for row in rows]
            after = until
        return []

    async def settled(self, after: int) -> int:
        """How far the log is complete."""
        return await self._complete_until(after, await self.newest())

    async def newest(self) -> int:
        """The newest event's position; 0 without one."""
        return int(await self._transaction.value(_NEWEST, {}))

    async def _complete_until(self, after: int, newest: int) -> int:
        if not self._gaps_may_fill:
            return max(after, newest)
        until = min(after + _SPAN, newest)
        gap: int | None = await self._transaction.value(
            _GAP, {"after": after, "until": until, "young": datetime.now(UTC) - GRACE}
        )
        if gap is None:
            return max(after, until)
        before = await self._transaction.value(_LAST_BEFORE, {"after": after, "gap": gap})
        return int(before or after)


def _bounds(after: int, until: int, limit: int, subject: str) -> dict[str, Any]:
    bounds: dict[str, Any] = {"after": after, "until": until, "most": limit}
    if subject:
        bounds |= {"of": subject, "first": f"{subject}/", "last": f"{subject}0"}
    return bounds
