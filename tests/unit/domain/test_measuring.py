import pytest

from flext_quality.domain.findings.finding import Category, Severity
from flext_quality.domain.issues.issue import IssueTally
from flext_quality.domain.metrics.measuring import new_issue_values, score_values, totals_of
from flext_quality.domain.metrics.metric_keys import METRICS
from flext_quality.domain.metrics.path_measures import PathTree
from flext_quality.domain.metrics.score import Score
from flext_quality.domain.sources.measures import FileRecord
from tests.properties import given, st

EVERY = sorted(set(Category) - {Category.UNSPECIFIED})
RUFFS = frozenset({Category.RELIABILITY, Category.STYLE})
"""The categories that are measured when Ruff alone has succeeded."""


def record(path: str, **values: float) -> FileRecord:
    return FileRecord(path, "0" * 64, {"lines": 10, "lines_of_code": 8, **values})


def tally(
    path: str, category: Category, severity: Severity, count: int = 1, effort: int = 5
) -> IssueTally:
    return IssueTally(path, category, severity, count, effort)


FILES = [
    record(
        "a/one.py",
        functions=2,
        max_nesting_depth=3,
        maintainability_index=80,
        duplicated_lines=5,
        lines_to_cover=6,
        covered_lines=3,
        branches_to_cover=2,
        covered_branches=1,
    ),
    record(
        "a/b/two.py", functions=1, max_nesting_depth=5, maintainability_index=40, lines_of_code=24
    ),
    record(
        "three.py", lines=30, duplicated_lines=0, lines_to_cover=2, covered_lines=2, suppressions=1
    ),
]
ISSUES = [
    tally("a/one.py", Category.SECURITY, Severity.HIGH, 2, 60),
    tally("a/b/two.py", Category.STYLE, Severity.INFO, 3, 6),
]


def test_a_projects_values_are_made_of_its_files() -> None:
    """Sums, the greatest, the mean by lines of code, and percentages of sums of what was measured."""
    values = totals_of(FILES, ISSUES).values(EVERY)
    assert (values["files"], values["lines"], values["lines_of_code"]) == (3, 50, 40)
    assert (values["functions"], values["suppressions"], values["max_nesting_depth"]) == (3, 1, 5)
    assert values["maintainability_index"] == pytest.approx((80 * 8 + 40 * 24) / 32)
    # Of the two files that were compared, and the two that the report knows.
    assert values["duplication"] == pytest.approx(100 * 5 / 40)
    assert values["line_coverage"] == pytest.approx(100 * 5 / 8)
    assert values["branch_coverage"] == pytest.approx(50)
    assert values["coverage"] == pytest.approx(100 * 6 / 10)
    assert (values["issues"], values["issues_high"], values["issues_low"]) == (5, 2, 0)
    assert (values["security_issues"], values["dead_code_issues"]) == (2, 0)
    assert values["issues_per_thousand_lines"] == pytest.approx(125)
    assert values["technical_debt"] == 66
    assert values["debt_ratio"] == pytest.approx(5.5)


def test_what_was_not_measured_is_absent() -> None:
    """Not measured is not zero, be it of files, of a category or of a whole analysis."""
    values = totals_of([record("a.py")], []).values(RUFFS)
    for key in ("coverage", "line_coverage", "duplication", "functions", "max_nesting_depth"):
        assert key not in values
    assert "security_issues" not in values
    assert values["style_issues"] == 0
    assert "issues" not in totals_of([record("a.py")], []).values(None)
    empty = totals_of([], []).values(EVERY)
    assert empty["files"] == 0
    assert "issues_per_thousand_lines" not in empty


def test_issues_that_were_found_are_told_though_nobody_looked_for_all() -> None:
    """Ruff finds some dead code, though only the analyzer for it looks for all there is."""
    found = [tally("a.py", Category.DEAD_CODE, Severity.LOW, 4)]
    values = totals_of([record("a.py")], found).values(RUFFS)
    assert values["dead_code_issues"] == 4


def test_nothing_has_a_value_that_is_not_described() -> None:
    """A measure of an unknown key is left out; all others are in the list of metrics."""
    totals = totals_of([*FILES, record("x.py", wonder=1)], ISSUES)
    values = totals.values(EVERY)
    values |= score_values(totals.score(values, EVERY))
    values |= new_issue_values(ISSUES, EVERY)
    assert set(values) <= set(METRICS)
    assert "wonder" not in values


def test_new_issues_are_counted_by_severity_and_category() -> None:
    """By the keys of new code; without a success there are none."""
    values = new_issue_values(ISSUES, RUFFS)
    assert (values["new_issues"], values["new_issues_high"], values["new_issues_low"]) == (5, 2, 0)
    assert values["new_security_issues"] == 2
    assert "new_duplication_issues" not in values
    assert new_issue_values(ISSUES, None) == {}


def test_without_a_score_there_are_no_measures_of_it() -> None:
    """Nor a confidence."""
    assert score_values(Score()) == {}


@given(st.permutations(FILES), st.permutations(ISSUES))
def test_the_order_of_files_and_issues_does_not_matter(
    files: list[FileRecord], issues: list[IssueTally]
) -> None:
    """Not by a digit."""
    assert totals_of(files, issues).values(EVERY) == totals_of(FILES, ISSUES).values(EVERY)


def test_a_directory_has_what_lies_below_it() -> None:
    """At any depth; the project's own path is empty and has all."""
    tree = PathTree(FILES, ISSUES, EVERY)
    assert ["", "a", "a/b", "a/b/two.py", "a/one.py", "three.py"] == tree.paths()
    project, directory = tree.measures(""), tree.measures("a")
    assert project is not None
    assert directory is not None
    totals = totals_of(FILES, ISSUES)
    expected = totals.values(EVERY)
    assert {**expected, **score_values(totals.score(expected, EVERY))} == project.values
    assert (directory.is_directory, directory.values["files"]) == (True, 2)
    assert directory.values["issues"] == 5
    one = tree.measures("a/one.py")
    assert one is not None
    assert (one.is_directory, one.values["issues"], one.values["lines"]) == (False, 2, 10)
    assert tree.measures("nobody") is None


@pytest.mark.parametrize(
    ("prefix", "depth", "paths"),
    [
        ("", 1, ["", "a", "three.py"]),
        ("", 2, ["", "a", "a/b", "a/one.py", "three.py"]),
        ("a", 0, ["a", "a/b", "a/b/two.py", "a/one.py"]),
        ("a/", 1, ["a", "a/b", "a/one.py"]),
        ("a/b/two.py", 0, ["a/b/two.py"]),
        ("a/o", 0, []),
    ],
)
def test_paths_are_chosen_by_directory_and_depth(prefix: str, depth: int, paths: list[str]) -> None:
    """A prefix is a whole path: "a/o" is not "a/one.py"."""
    assert paths == PathTree(FILES, ISSUES, EVERY).paths(prefix, depth)


def test_an_issue_of_a_file_that_was_not_read_belongs_to_its_directory() -> None:
    """Such as that of an analyzer that failed, in a file that went meanwhile."""
    tree = PathTree(FILES, [tally("gone/x.py", Category.SECURITY, Severity.LOW)], EVERY)
    gone = tree.measures("gone")
    assert gone is not None
    assert (gone.values["files"], gone.values["issues"]) == (0, 1)
