"""All issues that a filter lets pass, in batches that are ready to be sent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Integer, Subquery, bindparam, func, select

from flext_quality.application.ports.issues import IssueBatch, IssueFilter
from flext_quality.domain.identifiers import ProjectName
from flext_quality.infrastructure.persistence.engine import joined
from flext_quality.infrastructure.persistence.issues import pages as issue_pages
from flext_quality.infrastructure.persistence.issues.pages import BEYOND, MOST_BYTES, MOST_ISSUES
from flext_quality.infrastructure.persistence.issues.queries import wanted_issues
from flext_quality.infrastructure.persistence.tables import issues
from flext_quality.infrastructure.persistence.transaction import Transaction

_FIRST_ISSUES = 100
_AFTER = bindparam("after", type_=issues.c.issue_id.type)
_BEFORE = bindparam("before", type_=issues.c.issue_id.type)
_MOST = bindparam("most", type_=Integer())

Then = Callable[[bytes, bytes], bytes]
"""Makes an issue's bytes of today into those that tell of an earlier place."""


async def batches(
    transaction: Transaction, project: ProjectName, wanted: IssueFilter, then: Then
) -> AsyncIterator[IssueBatch]:
    """The batches, in the order of the ids; none is empty."""
    rows = wanted_issues(project, wanted)
    if wanted == IssueFilter(wanted.branch):
        reading = _paged(transaction, project, wanted.branch, rows, then)
    elif wanted.as_of is None:
        reading = _joined(transaction, rows, then)
    else:
        reading = _apart(transaction, rows, then)
    async for batch in reading:
        yield batch


async def _paged(
    transaction: Transaction, project: ProjectName, branch: str, rows: Subquery, then: Then
) -> AsyncIterator[IssueBatch]:
    """Pages that are there already, and what lies between them."""
    after = ""
    async for page in issue_pages.read(transaction, project, branch):
        if page.follows_gap:
            async for batch in _joined(transaction, rows, then, after=after, before=page.first_id):
                yield batch
        yield IssueBatch(page.count, page.content)
        after = page.last_id
    async for batch in _joined(transaction, rows, then, after=after):
        yield batch


async def _joined(
    transaction: Transaction, rows: Subquery, then: Then, *, after: str = "", before: str = BEYOND
) -> AsyncIterator[IssueBatch]:
    """The issues between two ids.

    The database puts a batch together, which costs half of what single rows do.

    How many issues it takes follows the size of those before. Where that misses, they are read one by one.
    """
    few = (
        select(rows.c.issue_id, rows.c.payload)
        .where(rows.c.issue_id > _AFTER, rows.c.issue_id < _BEFORE)
        .order_by(rows.c.issue_id)
        .limit(_MOST)
        .subquery()
    )
    payload = joined(few.c.payload, few.c.issue_id, transaction.dialect)
    statement = select(func.count(), func.max(few.c.issue_id), payload).select_from(few)
    most = _FIRST_ISSUES
    while True:
        ((count, last, content),) = await transaction.tuples(
            statement, {"after": after, "before": before, "most": most}
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
    transaction: Transaction, rows: Subquery, then: Then, *, after: str = "", until: str = BEYOND
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
