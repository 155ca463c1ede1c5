"""What the issues of one analysis add up to: by severity, category, rule, file and directory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from flext_quality.domain.findings.finding import Category, Severity, SeverityCounts
from flext_quality.domain.issues.issue import Issue, IssueStatus, IssueTally

SEVERITY_WEIGHTS = {
    Severity.CRITICAL: 50,
    Severity.HIGH: 20,
    Severity.MEDIUM: 5,
    Severity.LOW: 2,
    Severity.INFO: 1,
}
"""How much an issue of each severity counts where files are ranked; docs/cli.md has the same."""


def weight_of(counts: SeverityCounts) -> int:
    """The weight of so many issues."""
    numbers = (counts.critical, counts.high, counts.medium, counts.low, counts.info)
    return sum(
        weight * number for weight, number in zip(SEVERITY_WEIGHTS.values(), numbers, strict=True)
    )


@dataclass(frozen=True, slots=True)
class IssueGroup:
    """Issues that have something in common.

    Attributes:
        key: what: a path, or the name of a category.
        counts: those that count, by severity.
        seen: all of them, those that a person resolved included.
    """

    key: str
    counts: SeverityCounts
    seen: int
    effort_minutes: int

    @property
    def weight(self) -> int:
        """By which groups are ranked."""
        return weight_of(self.counts)


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """The issues of one rule that count."""

    analyzer: str
    rule: str
    severity: Severity
    category: Category
    count: int
    effort_minutes: int
    documentation_url: str


@dataclass(frozen=True, slots=True)
class IssueSummary:
    """What the issues that one analysis sees add up to.

    Attributes:
        counts: those that count in scores and gates, by severity.
        effort_minutes: of those that count.
        seen: all, those that a person resolved included.
        categories: in the order of the enum, those that have issues that count.
        files, directories: the heaviest first, then by path; each directory with all below it. A directory
            whose issues all lie in one that is below it is left out.
        rules: the most frequent first.
        analyzers: whose issues there are, by name.
    """

    counts: SeverityCounts = field(default_factory=SeverityCounts)
    effort_minutes: int = 0
    seen: int = 0
    acknowledged: int = 0
    accepted: int = 0
    false_positive: int = 0
    categories: tuple[IssueGroup, ...] = ()
    files: tuple[IssueGroup, ...] = ()
    directories: tuple[IssueGroup, ...] = ()
    rules: tuple[RuleGroup, ...] = ()
    analyzers: tuple[str, ...] = ()


@dataclass
class _Group:
    """A group that grows."""

    severities: Counter[Severity] = field(default_factory=Counter)
    seen: int = 0
    effort: int = 0

    def add(self, issue: Issue) -> None:
        self.seen += 1
        if issue.status.counts:
            self.severities[issue.finding.severity] += 1
            self.effort += issue.effort_minutes

    def done(self, key: str) -> IssueGroup:
        counts = SeverityCounts(*(self.severities[severity] for severity in Severity))
        return IssueGroup(key, counts, self.seen, self.effort)


@dataclass
class IssueCounter:
    """Adds issues up, one after the other; `summary` is what came out. Holds no issue."""

    _all: _Group = field(default_factory=_Group)
    _files: dict[str, _Group] = field(default_factory=dict)
    _categories: dict[Category, _Group] = field(default_factory=dict)
    _rules: dict[tuple[str, str], list[RuleGroup]] = field(default_factory=dict)
    _statuses: Counter[IssueStatus] = field(default_factory=Counter)
    _analyzers: set[str] = field(default_factory=set)
    _tallies: dict[tuple[str, Category, Severity], tuple[int, int]] = field(default_factory=dict)

    def add(self, issues: Iterable[Issue]) -> None:
        """Counts more issues."""
        for issue in issues:
            self._all.add(issue)
            self._files.setdefault(issue.finding.path, _Group()).add(issue)
            self._statuses[issue.status] += 1
            self._analyzers.add(issue.finding.analyzer)
            if issue.status.counts:
                self._categories.setdefault(issue.finding.category, _Group()).add(issue)
                self._add_rule(issue)
                key = (issue.finding.path, issue.finding.category, issue.finding.severity)
                count, minutes = self._tallies.get(key, (0, 0))
                self._tallies[key] = (count + 1, minutes + issue.effort_minutes)

    def tallies(self) -> list[IssueTally]:
        """Those that count, by file, category and severity."""
        return [IssueTally(*key, *numbers) for key, numbers in self._tallies.items()]

    def summary(self) -> IssueSummary:
        """What all of them add up to."""
        total = self._all.done("")
        return IssueSummary(
            counts=total.counts,
            effort_minutes=total.effort_minutes,
            seen=total.seen,
            acknowledged=self._statuses[IssueStatus.ACKNOWLEDGED],
            accepted=self._statuses[IssueStatus.ACCEPTED],
            false_positive=self._statuses[IssueStatus.FALSE_POSITIVE],
            categories=tuple(
                group.done(category.name) for category, group in sorted(self._categories.items())
            ),
            files=_ranked(self._files),
            directories=_ranked(self._directories()),
            rules=tuple(
                sorted(
                    (group for groups in self._rules.values() for group in groups),
                    key=lambda r: (-r.count, r.severity, r.analyzer, r.rule, r.category),
                )
            ),
            analyzers=tuple(sorted(self._analyzers)),
        )

    def _add_rule(self, issue: Issue) -> None:
        # One rule may report with several severities; each is its own group.
        groups = self._rules.setdefault((issue.finding.analyzer, issue.finding.rule), [])
        for place, group in enumerate(groups):
            if (group.severity, group.category) == (issue.finding.severity, issue.finding.category):
                groups[place] = RuleGroup(
                    group.analyzer,
                    group.rule,
                    group.severity,
                    group.category,
                    group.count + 1,
                    group.effort_minutes + issue.effort_minutes,
                    max(group.documentation_url, issue.finding.documentation_url),
                )
                return
        groups.append(
            RuleGroup(
                issue.finding.analyzer,
                issue.finding.rule,
                issue.finding.severity,
                issue.finding.category,
                1,
                issue.effort_minutes,
                issue.finding.documentation_url,
            )
        )

    def _directories(self) -> dict[str, _Group]:
        directories: dict[str, _Group] = {}
        for path, group in self._files.items():
            for parent in _parents(path):
                directory = directories.setdefault(parent, _Group())
                directory.severities.update(group.severities)
                directory.seen += group.seen
                directory.effort += group.effort
        inner = {
            directory.rpartition("/")[0]
            for directory, group in directories.items()
            if "/" in directory and group.seen == directories[directory.rpartition("/")[0]].seen
        }
        return {path: group for path, group in directories.items() if path not in inner}


def _parents(path: str) -> Iterator[str]:
    parts = path.split("/")[:-1]
    for depth in range(1, len(parts) + 1):
        yield "/".join(parts[:depth])


def _ranked(groups: dict[str, _Group]) -> tuple[IssueGroup, ...]:
    done = [group.done(path) for path, group in groups.items()]
    return tuple(sorted(done, key=lambda group: (-group.weight, -group.seen, group.key)))
