"""How the issues of two analyses differ."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from flext_quality.domain.issues.issue import Issue


class IssueDifference(IntEnum):
    """How an issue differs between two analyses. The numbers are the contract's."""

    NEW = 1
    FIXED = 2
    PERSISTING = 3
    MOVED = 4


@dataclass(frozen=True, slots=True)
class SeenAs:
    """What one of a branch's succeeded analyses saw: the branch, and the analysis's number on it."""

    branch: str
    sequence: int


@dataclass(frozen=True, slots=True)
class ComparedIssue:
    """An issue in two analyses.

    Attributes:
        issue: in the place where the later analysis saw it, or the earlier one if it is FIXED.
        base_path, base_line: where the earlier analysis saw it, if it MOVED.
    """

    difference: IssueDifference
    issue: Issue
    base_path: str = ""
    base_line: int = 0


def difference_between(
    base: tuple[str, int] | None, head: tuple[str, int] | None
) -> IssueDifference:
    """The difference of an issue that is seen at these places (path and line); None: not at all."""
    if base is None:
        return IssueDifference.NEW
    if head is None:
        return IssueDifference.FIXED
    return IssueDifference.PERSISTING if base == head else IssueDifference.MOVED
