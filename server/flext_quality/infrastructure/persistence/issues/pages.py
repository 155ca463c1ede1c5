"""The issues of a branch once more, joined to pages that an export sends as they are.

Reading a page takes a quarter of the time that joining its issues takes. A page holds all of the branch's
issues from its first id to its last, as their rows hold them: whoever changes a row drops its page in the
same transaction, in which it holds the project. So there can be gaps between pages, where the rows alone tell
of the issues.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    and_,
    bindparam,
    exists,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.sql.dml import ReturningInsert

from flext_quality.domain.identifiers import ProjectName
from flext_quality.infrastructure.persistence.engine import joined
from flext_quality.infrastructure.persistence.tables import issue_pages, issues
from flext_quality.infrastructure.persistence.transaction import Transaction

MOST_ISSUES = 1000
MOST_BYTES = 1024**2
"""Bounds of a page. One issue alone may be larger."""

_FEW = MOST_ISSUES // 2
"""A page with fewer issues is put together with what comes after it."""

_DROPPED_AT_ONCE = 500
_PAGES_AT_ONCE = 4
BEYOND = "~"
"""After every id."""

_pages = issue_pages.c
_PROJECT = bindparam("project", type_=_pages.project_id.type)
_BRANCH = bindparam("on_branch", type_=_pages.branch.type)
_ISSUES = and_(issues.c.project_id == _PROJECT, issues.c.branch == _BRANCH)
_PAGES = and_(_pages.project_id == _PROJECT, _pages.branch == _BRANCH)
_ID = _pages.first_id.type


def _bound(name: str) -> BindParameter[str]:
    return bindparam(name, type_=_ID)


def _between(after: ColumnElement[str], before: ColumnElement[str]) -> ColumnElement[bool]:
    return and_(_ISSUES, issues.c.issue_id > after, issues.c.issue_id < before)


# The pages after an id, and whether there are issues between each and the page before it.
_earlier = issue_pages.alias("earlier")
_last_before = (
    select(_earlier.c.last_id)
    .where(
        _earlier.c.project_id == _PROJECT,
        _earlier.c.branch == _BRANCH,
        _earlier.c.first_id < _pages.first_id,
    )
    .order_by(_earlier.c.first_id.desc())
    .limit(1)
    .correlate(issue_pages)
    .scalar_subquery()
)
_NEXT = (
    select(
        _pages.first_id,
        _pages.last_id,
        _pages.count,
        _pages.content,
        exists().where(_between(func.coalesce(_last_before, ""), _pages.first_id)),
    )
    .where(_PAGES, _pages.first_id > _bound("after"))
    .order_by(_pages.first_id)
    .limit(_PAGES_AT_ONCE)
)
_BOUNDS = (
    select(_pages.first_id, _pages.last_id)
    .where(
        _PAGES,
        _pages.first_id
        >= select(func.coalesce(func.max(_pages.first_id), ""))
        .where(_PAGES, _pages.first_id <= _bound("least"))
        .scalar_subquery(),
        _pages.first_id <= _bound("greatest"),
    )
    .order_by(_pages.first_id)
)
_DROP = issue_pages.delete().where(_PAGES, _pages.first_id.in_(bindparam("ids", expanding=True)))
_DROP_BETWEEN = issue_pages.delete().where(
    _PAGES, _pages.first_id > _bound("after"), _pages.first_id < _bound("before")
)

# The last id of every gap, with the pages around. A page of nothing stands before all others.
_each = union_all(
    select(
        literal("", _ID).label("first_id"),
        literal("", _ID).label("last_id"),
        literal(0, Integer()).label("count"),
    ),
    select(_pages.first_id, _pages.last_id, _pages.count).where(_PAGES),
).subquery("each")
_in_turn = select(
    _each,
    func.lag(_each.c.last_id, 1, "").over(order_by=_each.c.first_id).label("previous_last_id"),
    func.lead(_each.c.first_id, 1, BEYOND).over(order_by=_each.c.first_id).label("before"),
).subquery("in_turn")
_gap = (
    select(func.max(issues.c.issue_id))
    .where(_between(_in_turn.c.last_id, _in_turn.c.before))
    .scalar_subquery()
)
_gaps = select(_in_turn, _gap.label("gap")).subquery("gaps")
_GAPS = select(
    _gaps.c.previous_last_id, _gaps.c.last_id, _gaps.c.count, _gaps.c.gap, _gaps.c.before
)
_GAPS = _GAPS.where(_gaps.c.gap.is_not(None)).order_by(_gaps.c.first_id)
_content = (
    select(issues.c.issue_id, issues.c.payload)
    .where(_between(_bound("after"), _bound("before")))
    .order_by(issues.c.issue_id)
    .limit(bindparam("most", type_=Integer()))
    .subquery("content")
)


@dataclass(frozen=True, slots=True)
class IssuePage:
    """Issues one after the other.

    Attributes:
        follows_gap: between the page and the one before it there are issues, which are in no page.
    """

    first_id: str
    last_id: str
    count: int
    content: bytes
    follows_gap: bool


async def read(
    transaction: Transaction, project: ProjectName, branch: str
) -> AsyncIterator[IssuePage]:
    """All pages, in the order of the ids."""
    after = ""
    while rows := await transaction.tuples(_NEXT, {**_of(project, branch), "after": after}):
        for row in rows:
            yield IssuePage(*row)
        after = rows[-1].last_id


async def drop(
    transaction: Transaction, project: ProjectName, branch: str, issue_ids: Collection[str]
) -> None:
    """Drops the pages of issues that are about to change or to be added."""
    if not issue_ids:
        return
    key = _of(project, branch)
    bounds: Sequence[tuple[str, str]] = await transaction.tuples(
        _BOUNDS, {**key, "least": min(issue_ids), "greatest": max(issue_ids)}
    )
    firsts = [first for first, _ in bounds]
    dropped = {
        firsts[at]
        for issue_id in issue_ids
        if (at := bisect_right(firsts, issue_id) - 1) >= 0 and issue_id <= bounds[at][1]
    }
    ids = sorted(dropped)
    for start in range(0, len(ids), _DROPPED_AT_ONCE):
        await transaction.write(_DROP, {**key, "ids": ids[start : start + _DROPPED_AT_ONCE]})


async def fill(transaction: Transaction, project: ProjectName, branch: str) -> None:
    """Makes pages of all issues that are in none."""
    key = _of(project, branch)
    filled = ""
    for previous, last, count, gap, before in await transaction.tuples(_GAPS, key):
        after = max(previous, filled) if count < _FEW else last
        await transaction.write(_DROP_BETWEEN, {**key, "after": after, "before": before})
        await _fill(transaction, key, after, gap)
        filled = gap


async def _fill(transaction: Transaction, key: Mapping[str, str], after: str, until: str) -> None:
    """Makes pages of the issues after an id up to and including another; there are some, in no page.

    How many issues a page takes follows the size of those before. Where that misses, it is made again.
    """
    insert = _insert(transaction.dialect)
    most = MOST_ISSUES
    while after < until:
        parameters = {**key, "after": after, "before": f"{until}{BEYOND}", "most": most}
        ((first, last, count, size),) = await transaction.tuples(insert, parameters)
        fitting = max(1, MOST_BYTES * count // size)
        if fitting < count:
            await transaction.write(_DROP, {**key, "ids": [first]})
            most = fitting
        else:
            after, most = last, min(MOST_ISSUES, fitting)


@cache
def _insert(dialect: str) -> ReturningInsert[Any]:
    """Makes a page, and tells its ids, how many issues it has, and of how many bytes."""
    ids = (func.min(_content.c.issue_id), func.max(_content.c.issue_id))
    content = joined(_content.c.payload, _content.c.issue_id, dialect)
    page = select(_PROJECT, _BRANCH, *ids, func.count(), content).select_from(_content)
    told = (_pages.first_id, _pages.last_id, _pages.count, func.length(_pages.content))
    return issue_pages.insert().from_select([c.name for c in _pages], page).returning(*told)


def _of(project: ProjectName, branch: str) -> dict[str, str]:
    return {"project": project.project_id, "on_branch": branch}
