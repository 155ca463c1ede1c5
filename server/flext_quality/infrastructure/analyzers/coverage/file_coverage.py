"""What reports say about a file, and how several are merged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol


class BrokenReportError(Exception):
    """A report that cannot be read; the text says why, without paths of this machine."""


@dataclass(slots=True)
class Branches:
    """The branches that begin in one line.

    Attributes:
        total: how many there are.
        covered: how many of them a test took.
        taken: the names of those, where the report has names, each with the format that names it so.
    """

    total: int
    covered: int
    taken: frozenset[tuple[str, str]] = frozenset()

    def add(self, other: Branches) -> None:
        """Takes what another report says about the same line.

        A branch is covered if any report says so. Where the reports do not name them alike, the one
        that knows of more decides.
        """
        self.total = max(self.total, other.total)
        self.taken |= other.taken
        named = Counter(naming for naming, _ in self.taken).values()
        self.covered = min(self.total, max(self.covered, other.covered, *named))


@dataclass(slots=True)
class FileCoverage:
    """What one report says about one file, or several say together.

    Attributes:
        lines: for each executable line, whether a test ran it.
        branches: by line, of lines with more than one way on.
        declared_branches: how many branches the report counts in all; it may know of some that are
            never missed and that it does not list.
        has_branches: whether branches were measured at all.
        functions: by first line, whether a test ran a line of their bodies; None where the report
            tells nothing of functions.
    """

    lines: dict[int, bool] = field(default_factory=dict)
    branches: dict[int, Branches] = field(default_factory=dict)
    declared_branches: int = 0
    has_branches: bool = False
    functions: dict[int, bool] | None = None

    def hit(self, line: int, *, covered: bool) -> None:
        """Notes an executable line."""
        self.lines[line] = self.lines.get(line, False) or covered

    def branch(self, line: int, branches: Branches) -> None:
        """Notes the branches of a line."""
        if line in self.branches:
            self.branches[line].add(branches)
        else:
            self.branches[line] = branches

    def enter(self, line: int, *, covered: bool) -> None:
        """Notes a function."""
        if self.functions is None:
            self.functions = {}
        self.functions[line] = self.functions.get(line, False) or covered

    def declare_branches(self, total: int, covered: int) -> None:
        """Notes the report's own sums; they count only if they agree on what is missing."""
        missing = sum(b.total - b.covered for b in self.branches.values())
        if total - covered == missing:
            self.declared_branches = total

    def add(self, other: FileCoverage) -> None:
        """Takes what another report says about the same file."""
        for line, covered in other.lines.items():
            self.hit(line, covered=covered)
        for line, branches in other.branches.items():
            self.branch(line, branches)
        for line, covered in (other.functions or {}).items():
            self.enter(line, covered=covered)
        self.declared_branches = max(self.declared_branches, other.declared_branches)
        self.has_branches = self.has_branches or other.has_branches

    def limit_to(self, line_count: int) -> int:
        """Forgets lines that the file does not have; returns how many they were."""
        beyond = [line for line in self.lines if not 0 < line <= line_count]
        for line in beyond:
            del self.lines[line]
        for table in (self.branches, self.functions or {}):
            for line in [line for line in table if not 0 < line <= line_count]:
                del table[line]
                self.declared_branches = 0
        return len(beyond)

    @property
    def branch_counts(self) -> tuple[int, int]:
        """How many branches there are, and how many a test took."""
        listed = sum(branches.total for branches in self.branches.values())
        covered = sum(branches.covered for branches in self.branches.values())
        unlisted = max(0, self.declared_branches - listed)
        return listed + unlisted, covered + unlisted


class ReportedFiles(Protocol):
    """Reads a report."""

    def __call__(self, path: str) -> Iterator[tuple[tuple[str, ...], FileCoverage]]:
        """Its files, each with the paths that it may have: as the report calls it, most exact first.

        Raises:
            BrokenReportError: it is not what it should be.
        """
        ...
