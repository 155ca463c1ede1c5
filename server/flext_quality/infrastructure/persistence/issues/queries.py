"""Which rows of issues are asked for, and in which order: the statements' parts."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    RowMapping,
    Select,
    Subquery,
    and_,
    null,
    or_,
    select,
    type_coerce,
    union_all,
)

from flext_quality.application.ports.issues import IssueFilter, IssueOrder
from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.issues.issue import IssueStatus
from flext_quality.infrastructure.persistence.tables import issues, sightings

Condition = ColumnElement[bool]

_FIXED = int(IssueStatus.FIXED)

_ORDER: dict[IssueOrder, tuple[tuple[str, bool], ...]] = {
    IssueOrder.CREATE_TIME: (("created_at", False),),
    IssueOrder.CREATE_TIME_DESC: (("created_at", True),),
    IssueOrder.SEVERITY: (("severity", False),),
    IssueOrder.PATH: (("path", False), ("line", False)),
    IssueOrder.STATUS_TIME_DESC: (("status_at", True),),
}
"""The columns before the id, each with whether it descends."""


def wanted_issues(project: ProjectName, wanted: IssueFilter, name: str = "wanted") -> Subquery:
    """A row for each issue that the filter lets pass.

    As of an analysis, that is an issue that is still where it was then, or an earlier place of one that
    is elsewhere now; such a row has that place's payload in `place_payload`.
    """
    here = (*_of(project, wanted.branch), *_conditions(wanted))
    if wanted.as_of is None:
        return _still().where(*here, *_place_conditions(wanted, issues)).subquery(name)
    still = _still().where(
        *here,
        *_place_conditions(wanted, issues),
        issues.c.status != _FIXED,
        issues.c.seen_from <= wanted.as_of,
    )
    earlier = (
        _earlier()
        .join(
            sightings,
            and_(
                sightings.c.project_id == issues.c.project_id,
                sightings.c.branch == issues.c.branch,
                sightings.c.issue_id == issues.c.issue_id,
            ),
        )
        .where(
            *here,
            *_place_conditions(wanted, sightings),
            sightings.c.seen_from <= wanted.as_of,
            sightings.c.seen_until > wanted.as_of,
        )
    )
    return union_all(still, earlier).subquery(name)


def in_order(rows: Subquery, order: IssueOrder) -> Select[Any]:
    """The rows in an order that has no ties."""
    keys = [rows.c[name].desc() if down else rows.c[name] for name, down in _ORDER[order]]
    return select(rows).order_by(*keys, rows.c.issue_id)


def following(rows: Subquery, order: IssueOrder, cursor: str) -> Condition:
    """Whether a row comes after the one that `cursor_of` made the cursor of."""
    *values, issue_id = json.loads(zlib.decompress(base64.b85decode(cursor)))
    condition: Condition = rows.c.issue_id > issue_id
    for (name, down), value in reversed(list(zip(_ORDER[order], values, strict=True))):
        key, last = rows.c[name], _value(name, value)
        beyond, not_before = (key < last, key <= last) if down else (key > last, key >= last)
        # The second half alone says it; the first lets an index find the place.
        condition = and_(not_before, or_(beyond, and_(key == last, condition)))
    return condition


def cursor_of(row: RowMapping, order: IssueOrder) -> str:
    """What tells the row's place in the order."""
    values = [row[name] for name, _ in _ORDER[order]]
    texts = [v.isoformat() if isinstance(v, datetime) else v for v in values]
    # Small even of a long path, since tokens have a greatest length.
    place = json.dumps([*texts, row["issue_id"]], ensure_ascii=False, separators=(",", ":"))
    return base64.b85encode(zlib.compress(place.encode())).decode()


def folded(text: str) -> str:
    """Text as the `search` columns hold it, where letters' case makes no difference.

    Databases end a text at, or do not take, the character 0.
    """
    return text.casefold().replace("\0", "\ufffd")


def _of(project: ProjectName, branch: str) -> Sequence[Condition]:
    return issues.c.project_id == project.project_id, issues.c.branch == branch


def _still() -> Select[Any]:
    return select(
        issues.c.issue_id,
        issues.c.path,
        issues.c.line,
        *_columns(),
        type_coerce(null(), LargeBinary).label("place_payload"),
    )


def _earlier() -> Select[Any]:
    return select(
        issues.c.issue_id,
        sightings.c.path,
        sightings.c.line,
        *_columns(),
        sightings.c.payload.label("place_payload"),
    ).select_from(issues)


def _columns() -> Sequence[ColumnElement[Any]]:
    return (
        issues.c.status,
        issues.c.severity,
        issues.c.category,
        issues.c.effort_minutes,
        issues.c.created_at,
        issues.c.status_at,
        issues.c.appeared,
        issues.c.origin,
        issues.c.payload,
    )


def _conditions(wanted: IssueFilter) -> list[Condition]:
    """What does not depend on the place."""
    conditions: list[Condition] = [
        column.in_(sorted(values))
        for column, values in (
            (issues.c.status, wanted.statuses),
            (issues.c.severity, wanted.severities),
            (issues.c.category, wanted.categories),
            (issues.c.analyzer, wanted.analyzers),
            (issues.c.rule, wanted.rules),
        )
        if values
    ]
    if wanted.new_since is not None:
        conditions.append(issues.c.created_at >= wanted.new_since)
    return conditions


def _place_conditions(wanted: IssueFilter, place: Any) -> list[Condition]:
    conditions: list[Condition] = []
    if prefix := wanted.path_prefix.rstrip("/"):
        # "0" is the character after "/".
        below = and_(place.c.path > f"{prefix}/", place.c.path < f"{prefix}0")
        conditions.append(or_(place.c.path == prefix, below))
    if wanted.text:
        conditions.append(place.c.search.contains(folded(wanted.text), autoescape=True))
    return conditions


def _value(name: str, value: Any) -> Any:
    return datetime.fromisoformat(value) if name.endswith("_at") else value
