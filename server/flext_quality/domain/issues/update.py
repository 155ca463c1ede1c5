"""What people may change about issues beside their status."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields, replace

from flext_quality.domain.errors import EtagMismatchError, invalid_field
from flext_quality.domain.issues.issue import Issue


@dataclass(frozen=True, slots=True)
class IssueValues:
    """The fields of an issue that people set, as `Issue` and the contract call them.

    They are the same on all branches.
    """

    assignee: str = ""
    tags: tuple[str, ...] = ()

    @classmethod
    def of(cls, issue: Issue) -> IssueValues:
        """Those that the issue has."""
        return cls(**{field: getattr(issue, field) for field in ISSUE_FIELDS})

    def checked(self) -> IssueValues:
        """The values as an issue may have them.

        Raises:
            InvalidFieldError: they break their rules; the fields are named as in UpdateIssue.
        """
        if self.assignee:
            _check_word(self.assignee, "issue.assignee")
        for position, tag in enumerate(self.tags):
            _check_word(tag, f"issue.tags[{position}]")
        return replace(self, tags=tuple(sorted(set(self.tags))))


ISSUE_FIELDS = tuple(field.name for field in fields(IssueValues))
"""The names of the fields that people set."""


def changed_values(
    issue: Issue, wanted: IssueValues, named: Collection[str], etag: str
) -> IssueValues:
    """What the issue's values become when the `named` ones are set as in `wanted`.

    Raises:
        EtagMismatchError: somebody changed the issue since `etag`, unless that is empty.
        InvalidFieldError: a value breaks its rules.
    """
    if etag and etag != issue.etag:
        raise EtagMismatchError(str(issue.name), issue.etag, kind="issue")
    return replace(
        IssueValues.of(issue), **{field: getattr(wanted, field) for field in named}
    ).checked()


def updated(issue: Issue, values: IssueValues) -> Issue:
    """The issue, on one branch, with these values."""
    new = {field: getattr(values, field) for field in ISSUE_FIELDS}
    return replace(issue, **new, version=issue.version + 1)


def _check_word(text: str, field: str) -> None:
    if text != text.strip() or not text.isprintable():
        raise invalid_field(field, "must be printable characters, with no spaces around")
