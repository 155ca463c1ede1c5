"""All issues that a filter lets pass, in batches that are ready to be sent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Integer, Subquery, bindparam, func, select

from flext_quality.application.knowledge_ports import IssueBatch, IssueFilter
from flext_quality.domain.identifiers import ProjectName
from flext_quality.infrastructure.persistence.engine import joined
from flext_quality.infrastructure.persistence.issue_queries import wanted_issues
from flext_quality.infrastructure.persistence.tables import issues
from flext_quality.infrastructure.persistence.transaction import Transaction

MOST_ISSUES = 1000
MOST_BYTES = 1024**2
"""Bounds of a batch. One issue alone may be larger."""

_FIRST_ISSUES = 100
_AFTER = bindparam("after", type_=issues.c.issue_id.type)
_MOST = bindparam("most", type_=Integer())

Then = Callable[[bytes, bytes], bytes]
"""Makes an issue's bytes of today into those that tell of an earlier place."""


async def batches(
    transaction: Transaction, project: ProjectName, wanted: IssueFilter, then: Then
) -> AsyncIterator[IssueBatch]:
    """The batches, in the order of the ids; none is empty."""
    rows = wanted_issues(project, wanted)
    reading = _joined if wanted.as_of is None else _apart
    async for batch in reading(transaction, rows, then):
        yield batch


async def _joined(
    transaction: Transaction, rows: Subquery, then: Then
) -> AsyncIterator[IssueBatch]:
    """The database puts a batch together, which costs half of what single rows do.

    How many issues it takes follows the size of those before. Where that misses, they are read one by one.
    """
    few = (
        select(rows.c.issue_id, rows.c.payload)
        .where(rows.c.issue_id > _AFTER)
        .order_by(rows.c.issue_id)
        .limit(_MOST)
        .subquery()
    )
    payload = joined(few.c.payload, few.c.issue_id, transaction.dialect)
    statement = select(func.count(), func.max(few.c.issue_id), payload).select_from(few)
    after, most = "", _FIRST_ISSUES
    while True:
        ((count, last, content),) = await transaction.tuples(
            statement, {"after": after, "most": most}
        )
        if not count:
            return
        if len(content) > MOST_BYTES and count > 1:
            async for batch in _apart(transaction, rows, then, after=after, until=last):
                yield batch
        else:
            yield IssueBatch(count, content)
        after = last
        most = max(1, min(MOST_ISSUES, MOST_BYTES * count // len(content)))


async def _apart(
    transaction: Transaction, rows: Subquery, then: Then, *, after: str = "", until: str = "~"
) -> AsyncIterator[IssueBatch]:
    """Reads row by row, from the id `after` on up to and including `until`."""
    statement = (
        select(rows.c.issue_id, rows.c.payload, rows.c.place_payload)
        .where(rows.c.issue_id > _AFTER, rows.c.issue_id <= until)
        .order_by(rows.c.issue_id)
        .limit(_MOST)
    )
    while found := await transaction.tuples(statement, {"after": after, "most": MOST_ISSUES}):
        after = found[-1][0]
        for part in in_bounds(_told(found, then)):
            yield IssueBatch(len(part), b"".join(part))


def _told(rows: Iterable[Any], then: Then) -> Iterator[bytes]:
    return (today if place is None else then(today, place) for _, today, place in rows)


def in_bounds(payloads: Iterable[bytes]) -> Iterator[Sequence[bytes]]:
    """The payloads in parts of at most `MOST_BYTES`, or of one that is larger."""
    part: list[bytes] = []
    size = 0
    for payload in payloads:
        if part and size + len(payload) > MOST_BYTES:
            yield part
            part, size = [], 0
        part.append(payload)
        size += len(payload)
    if part:
        yield part
