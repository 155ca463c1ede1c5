"""Findings: what analyzers say about code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum


class Severity(IntEnum):
    """How much a finding matters, most first. The numbers are the contract's."""

    CRITICAL = 1
    HIGH = 2
    MEDIUM = 3
    LOW = 4
    INFO = 5


class Category(IntEnum):
    """What a finding is about. The numbers are the contract's.

    UNSPECIFIED: the analyzer does not say, and `category_of` decides by the rule.
    """

    UNSPECIFIED = 0
    SECURITY = 1
    RELIABILITY = 2
    MAINTAINABILITY = 3
    DUPLICATION = 4
    COVERAGE = 5
    DEAD_CODE = 6
    STYLE = 7


class Confidence(IntEnum):
    """How sure the tool is. The numbers are the contract's."""

    UNSPECIFIED = 0
    HIGH = 1
    MEDIUM = 2
    LOW = 3


class Applicability(IntEnum):
    """Whether a fix may be applied without a look. The numbers are the contract's."""

    UNSPECIFIED = 0
    SAFE = 1
    UNSAFE = 2
    DISPLAY_ONLY = 3


@dataclass(frozen=True, slots=True)
class Edit:
    """A replacement; lines and columns (in characters) count from 1, the end is exclusive."""

    start_line: int
    start_column: int
    end_line: int
    end_column: int
    content: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A change that would end the finding. No edits: the tool only describes the change."""

    description: str
    applicability: Applicability = Applicability.UNSPECIFIED
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class Location:
    """A place that a finding also concerns; its fields are as those of `Finding`.

    `message` says what the place has to do with the finding; it may be empty.
    """

    path: str
    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0
    message: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a tool said about one place in one run.

    Attributes:
        path: relative to the project, with "/" between its parts.
        line: from 1; 0 where it is about the file as a whole.
        column: in characters from 1; 0 where the tool told none.
        end_column: the column after the last character.
        cell: of a notebook, from 1; 0 in any other file.
        related: other places that it concerns, such as the other copies of a clone.
        line_hash: 64 bits over its line without white space (`line_hash`); 0 where it has no line.
            The server fills it in.
    """

    analyzer: str
    rule: str
    severity: Severity
    message: str
    path: str
    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0
    cell: int = 0
    documentation_url: str = ""
    confidence: Confidence = Confidence.UNSPECIFIED
    fix: Fix | None = None
    category: Category = Category.UNSPECIFIED
    related: tuple[Location, ...] = ()
    line_hash: int = 0

    def without_fix(self) -> Finding:
        """The same without the fix: issues and events do not hold it."""
        return self if self.fix is None else replace(self, fix=None)


@dataclass(frozen=True, slots=True)
class SeverityCounts:
    """How many findings there are of each severity."""

    critical: int = 0
    high: int = 0
    medium: int = 0
    low: int = 0
    info: int = 0

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> SeverityCounts:
        """Counts `findings`."""
        count = Counter(finding.severity for finding in findings)
        return cls(*(count[severity] for severity in Severity))

    def __add__(self, other: SeverityCounts) -> SeverityCounts:
        return SeverityCounts(
            self.critical + other.critical,
            self.high + other.high,
            self.medium + other.medium,
            self.low + other.low,
            self.info + other.info,
        )

    @property
    def total(self) -> int:
        """All of them."""
        return self.critical + self.high + self.medium + self.low + self.info


@dataclass(frozen=True, slots=True)
class FindingFilter:
    """Which findings are wanted; an empty field lets all pass, fields that are set must all hold."""

    analyzers: frozenset[str] = frozenset()
    severities: frozenset[Severity] = frozenset()
    rules: frozenset[str] = frozenset()
    path_prefix: str = ""
    categories: frozenset[Category] = frozenset()

    @property
    def is_by_analyzer_only(self) -> bool:
        """Whether nothing but the analyzer decides."""
        return not (self.severities or self.rules or self.path_prefix or self.categories)

    def matches(self, finding: Finding) -> bool:
        """Whether `finding` is wanted."""
        return (
            (not self.analyzers or finding.analyzer in self.analyzers)
            and (not self.severities or finding.severity in self.severities)
            and (not self.rules or finding.rule in self.rules)
            and (not self.categories or finding.category in self.categories)
            and self._matches_path(finding.path)
        )

    def _matches_path(self, path: str) -> bool:
        prefix = self.path_prefix.rstrip("/")
        return not prefix or path == prefix or path.startswith(prefix + "/")


HIGHLIGHTS = 5
"""How many findings of a batch its event shows."""


def highlights(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The most severe `HIGHLIGHTS` of `findings`, in their order, without their fixes."""
    chosen = sorted(range(len(findings)), key=lambda i: (findings[i].severity, i))[:HIGHLIGHTS]
    return tuple(findings[i].without_fix() for i in chosen)


MAX_MESSAGE_CHARACTERS = 65_536
MAX_FIX_CHARACTERS = 262_144


def bounded(finding: Finding) -> Finding:
    """The finding, small enough to be sent.

    A message beyond `MAX_MESSAGE_CHARACTERS` is cut and says by how much; a fix whose edits hold more
    than `MAX_FIX_CHARACTERS` keeps its description, which says so, and no edits.
    """
    message, fix = finding.message, finding.fix
    if len(message) > MAX_MESSAGE_CHARACTERS:
        cut = len(message) - MAX_MESSAGE_CHARACTERS
        message = f"{message[:MAX_MESSAGE_CHARACTERS]}… ({cut} more characters)"
    if fix is not None and sum(len(edit.content) for edit in fix.edits) > MAX_FIX_CHARACTERS:
        note = f"(edits of more than {MAX_FIX_CHARACTERS:,} characters are not kept)"
        fix = replace(fix, description=f"{fix.description} {note}".lstrip(), edits=())
    if message is finding.message and fix is finding.fix:
        return finding
    return replace(finding, message=message, fix=fix)
