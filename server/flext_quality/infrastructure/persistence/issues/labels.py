"""The fields of issues that people set once more, a row for each value, to find issues by them.

An issue's payloads hold them on every branch. Here they stand once for all branches, so that no analysis
has to write them again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlalchemy import ColumnElement, Select, bindparam, select

from flext_quality.domain.identifiers import IssueName, ProjectName
from flext_quality.domain.issues.update import ISSUE_FIELDS, IssueValues
from flext_quality.infrastructure.persistence.rows import Values
from flext_quality.infrastructure.persistence.tables import issue_labels, issues
from flext_quality.infrastructure.persistence.transaction import Transaction

_REMOVE = issue_labels.delete().where(
    issue_labels.c.project_id == bindparam("project"), issue_labels.c.issue_id == bindparam("issue")
)
_ADD = issue_labels.insert()


async def put(transaction: Transaction, name: IssueName, values: IssueValues) -> None:
    """Makes the issue found by these values and no others."""
    await transaction.write(_REMOVE, {"project": name.project_id, "issue": name.issue_id})
    await transaction.write_many(_ADD, [*_rows(name, values)])


def has_one_of(project: ProjectName, field: str, values: Collection[str]) -> ColumnElement[bool]:
    """Whether the field of a row of `issues` has one of the values."""
    wanted = issue_labels.c.value.in_(sorted(values))
    return issues.c.issue_id.in_(_having(project, field).where(wanted))


def has_none(project: ProjectName, field: str) -> ColumnElement[bool]:
    """Whether the field of a row of `issues` is empty."""
    return issues.c.issue_id.not_in(_having(project, field))


def _having(project: ProjectName, field: str) -> Select[tuple[str]]:
    return select(issue_labels.c.issue_id).where(
        issue_labels.c.project_id == project.project_id, issue_labels.c.field == field
    )


def _rows(name: IssueName, values: IssueValues) -> Iterator[Values]:
    for field in ISSUE_FIELDS:
        told = getattr(values, field)
        for value in (told,) if isinstance(told, str) else told:
            if value:
                yield {
                    "project_id": name.project_id,
                    "field": field,
                    "value": value,
                    "issue_id": name.issue_id,
                }
