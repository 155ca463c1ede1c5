from __future__ import annotations

from collections.abc import Sequence

from flext_quality.domain.findings.finding import Severity, SeverityCounts
from flext_quality.domain.issues.issue import Issue, IssueStatus
from flext_quality.domain.reports.issue_summary import IssueCounter, IssueSummary, weight_of
from tests.integration.reports.samples import issue
from tests.properties import given, st

issues = st.lists(
    st.builds(
        issue,
        st.integers(0, 5_000),
        path=st.sampled_from(["a.py", "p/a.py", "p/q/a.py", "p/q/b.py", "r/s/t.py"]),
        severity=st.sampled_from(Severity),
        status=st.sampled_from(IssueStatus),
    ),
    max_size=30,
)


def summed(issues: Sequence[Issue]) -> IssueSummary:
    counter = IssueCounter()
    counter.add(issues)
    return counter.summary()


@given(issues)
def test_every_issue_is_in_exactly_one_file_and_category(some: list[Issue]) -> None:
    """Whatever counts is counted once by each way of looking at it."""
    summary = summed(some)
    counting = sum(one.status.counts for one in some)
    assert summary.counts.total == counting
    assert sum(group.counts.total for group in summary.files) == counting
    assert sum(group.counts.total for group in summary.categories) == counting
    assert sum(rule.count for rule in summary.rules) == counting
    assert summary.seen == len(some) == sum(group.seen for group in summary.files)
    assert summary.effort_minutes == sum(rule.effort_minutes for rule in summary.rules)


@given(issues, st.randoms())
def test_the_order_of_issues_makes_no_difference(some: list[Issue], random: object) -> None:
    """Reports of the same issues are the same."""
    shuffled = list(some)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert summed(some) == summed(shuffled)


def test_files_are_ranked_by_weight() -> None:
    """One critical issue outweighs twenty low ones; equal ones go by path."""
    low = [issue(n, path="b.py", severity=Severity.LOW, status=IssueStatus.OPEN) for n in range(20)]
    critical = issue(1, path="c.py", severity=Severity.CRITICAL, status=IssueStatus.OPEN)
    accepted = issue(2, path="a.py", severity=Severity.CRITICAL, status=IssueStatus.ACCEPTED)
    summary = summed([accepted, *low, critical])
    assert [group.key for group in summary.files] == ["c.py", "b.py", "a.py"]
    assert (summary.accepted, summary.files[2].weight) == (1, 0)
    assert weight_of(SeverityCounts(1, 1, 1, 1, 1)) == 78


def test_a_directory_that_only_leads_to_another_is_left_out() -> None:
    """Its line would say the same twice."""
    paths = ["src/shop/a/x.py", "src/shop/b/y.py", "src/shop/b/c/z.py"]
    summary = summed([issue(n, path=path, status=IssueStatus.OPEN) for n, path in enumerate(paths)])
    keys = [group.key for group in summary.directories]
    assert sorted(keys) == ["src/shop", "src/shop/a", "src/shop/b", "src/shop/b/c"]


def test_tallies_are_of_what_counts() -> None:
    """As those that scores are made of."""
    counter = IssueCounter()
    same = issue(8, status=IssueStatus.OPEN)
    counter.add([same, same, issue(8, status=IssueStatus.FALSE_POSITIVE)])
    (tally,) = counter.tallies()
    assert (tally.path, tally.count) == (same.finding.path, 2)
    assert tally.effort_minutes == 2 * same.effort_minutes
