# ruff: noqa: E501  # tables of samples are wide
"""Reports to write: a real-looking one, an empty one, a hostile one, and one of any size."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from flext_quality.application.ports.reports import ReportRenderer
from flext_quality.domain.analyses.analysis import Analysis, AnalysisResults, AnalysisState
from flext_quality.domain.analyses.comparison import IssueDifference
from flext_quality.domain.errors import ErrorReason
from flext_quality.domain.findings.finding import (
    Category,
    Finding,
    Location,
    Severity,
    SeverityCounts,
)
from flext_quality.domain.findings.outcome import AnalyzerOutcome, AnalyzerState, Failure
from flext_quality.domain.gates.quality_gate import (
    ConditionResult,
    ConditionState,
    GateCondition,
    GateOperator,
    GateResult,
    GateScope,
    GateStatus,
)
from flext_quality.domain.identifiers import AnalysisName, IssueName, ProjectName
from flext_quality.domain.issues.issue import Issue, IssueCounts, IssueOrigin, IssueStatus, Triage
from flext_quality.domain.metrics.metric_keys import METRICS, MetricDescriptor
from flext_quality.domain.metrics.score import CategoryScore, Score
from flext_quality.domain.metrics.time_series import SeriesPoint
from flext_quality.domain.reports.issue_summary import IssueCounter
from flext_quality.domain.reports.report import (
    ComparisonReport,
    ExecutiveReport,
    FileMeasured,
    IssueReader,
    Measured,
    Report,
    ReportedIssue,
    TechnicalReport,
    TrendLine,
    TrendReport,
)
from tests.contract.issue_story import changed

NOON = datetime(2025, 3, 1, 12, 0, 0, tzinfo=UTC)
SHOP = ProjectName("shop")
BATCH = 7

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "a|b `c` *d* _e_ [f](javascript:alert(1)) <!-- g --> @octocat #1 http://evil.example www.evil.example",
    "\x1b[31mred\x1b]0;title\x07\x9b2J\x7f",
    "one\ntwo\r\nthree\ttabbed",
    "abc\u202egnp.exe\u2066\u2069",
    "{{ 7*7 }}{% raw %}</style></title>",
    "<!--issues-->",
    "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "deep/" * 56 + "and_a_very_long_file_name.py",
    "x" * 300,
)
"""What text from analysed code can look like."""

SCORE, ISSUES, LINES = METRICS["score"], METRICS["issues"], METRICS["lines_of_code"]
COVERAGE, DEBT = METRICS["line_coverage"], METRICS["technical_debt"]
DUPLICATION = METRICS["duplication"]

_PATHS = (
    "server/shop/checkout/payment.py",
    "server/shop/checkout/basket.py",
    "server/shop/catalogue/search.py",
    "server/shop/catalogue/index.py",
    "server/shop/accounts/session.py",
    "server/shop/settings.py",
    "tests/test_checkout.py",
    "tools/import_products.py",
)
_RULES = (
    ("bandit", "B608", Severity.HIGH, Category.SECURITY, "Possible SQL injection vector through string-based query construction.", 30),
    ("ruff", "F401", Severity.MEDIUM, Category.MAINTAINABILITY, "`os` imported but unused", 2),
    ("mypy", "arg-type", Severity.HIGH, Category.RELIABILITY, 'Argument 1 to "charge" has incompatible type "str | None"; expected "str"', 15),
    ("ruff", "E501", Severity.LOW, Category.STYLE, "Line too long (128 > 100)", 1),
    ("complexity", "cognitive-complexity", Severity.MEDIUM, Category.MAINTAINABILITY, "Function `apply_discounts` has a cognitive complexity of 31, more than 15", 60),
    ("duplication", "clone", Severity.LOW, Category.DUPLICATION, "24 lines are the same as in server/shop/catalogue/index.py", 20),
    ("bandit", "B105", Severity.CRITICAL, Category.SECURITY, "Possible hardcoded password: 'hunter2'", 20),
    ("vulture", "unused-function", Severity.INFO, Category.DEAD_CODE, "unused function 'old_total' (60% confidence)", 5),
)  # fmt: skip


def analysis_name(number: int) -> AnalysisName:
    """A name whose order is that of the numbers."""
    return AnalysisName(SHOP.project_id, f"01jn{number:022d}")


def issue(number: int, **fields: object) -> Issue:
    """The issue of this number; the same number gives the same issue."""
    analyzer, rule, severity, category, message, effort = _RULES[number * 5 % len(_RULES)]
    status = (
        IssueStatus.ACCEPTED
        if number % 17 == 5
        else IssueStatus.FALSE_POSITIVE
        if number % 23 == 7
        else IssueStatus.REOPENED
        if number % 19 == 3
        else IssueStatus.OPEN
    )
    triage = Triage(
        status, "mira@example.com", "Checked with the payments team.", NOON, NOON + timedelta(60)
    )
    made = Issue(
        name=IssueName(SHOP.project_id, f"01jm{number:022d}"),
        status=status,
        finding=Finding(
            analyzer=analyzer,
            rule=rule,
            severity=severity,
            category=category,
            message=message,
            path=_PATHS[number * number % len(_PATHS)],
            line=number * 7 % 400 + 1,
            column=number % 60,
            end_line=number * 7 % 400 + 1,
            end_column=number % 60 + 4,
            documentation_url=f"https://docs.example.org/{analyzer}/{rule}",
        ),
        created_at=NOON - timedelta(days=number % 90),
        status_at=NOON - timedelta(days=number % 90),
        first_analysis=analysis_name(1),
        origin=IssueOrigin.FIRST_ANALYSIS,
        effort_minutes=effort,
        triage=triage if status.is_resolution else None,
    )
    return changed(made, **fields)


def reader(reported: Sequence[ReportedIssue]) -> IssueReader:
    """Reads these issues, a few at a time."""

    async def read(analyzer: str) -> AsyncIterator[Sequence[ReportedIssue]]:
        wanted = [one for one in reported if analyzer in ("", one.issue.finding.analyzer)]
        for start in range(0, len(wanted), BATCH):
            yield wanted[start : start + BATCH]

    return read


def analysis(number: int = 9, overall: float | None = 78.4, **fields: object) -> Analysis:
    """A succeeded analysis."""
    started = NOON + timedelta(days=number)
    outcomes = (
        AnalyzerOutcome("bandit", AnalyzerState.SUCCEEDED, "1.9.2", SeverityCounts(critical=2, high=4), started, timedelta(seconds=2.41), 148, 0, "ab" * 32),
        AnalyzerOutcome("coverage", AnalyzerState.SKIPPED, failure=Failure(ErrorReason.REPORT_MISSING, "coverage found no report to read; send one with the analysis or leave it in the project")),
        AnalyzerOutcome("mypy", AnalyzerState.TIMED_OUT, "2.4.0", SeverityCounts(high=3), started, timedelta(seconds=600), 148, 2, "cd" * 32, Failure(ErrorReason.TOOL_TIMED_OUT, "mypy was stopped at its limit of 600 s")),
        AnalyzerOutcome("ruff", AnalyzerState.SUCCEEDED, "0.17.6", SeverityCounts(medium=21, low=40), started, timedelta(seconds=0.124), 148, 0, "ef" * 32),
    )  # fmt: skip
    categories = (
        CategoryScore(Category.SECURITY, 54.2),
        CategoryScore(Category.RELIABILITY, 71.0),
        CategoryScore(Category.MAINTAINABILITY, 86.5),
        CategoryScore(Category.DUPLICATION, 97.1),
        CategoryScore(Category.STYLE, 91.0),
    )
    conditions = (
        ConditionResult(GateCondition("new_issues_high", GateOperator.EQUAL, 0, GateScope.NEW_CODE), ConditionState.FAILED, 3, "3 new high issues in new code, and there may be none."),
        ConditionResult(GateCondition("new_line_coverage", GateOperator.AT_LEAST, 80, GateScope.NEW_CODE), ConditionState.NOT_MEASURED, None, "The coverage of new code was not measured; it should be at least 80 %."),
        ConditionResult(GateCondition("score", GateOperator.AT_LEAST, 60), ConditionState.PASSED, 78.4, "The score is 78.4, at least 60."),
    )  # fmt: skip
    gate = GateResult(
        GateStatus.FAILED, conditions, "1 of 3 conditions does not hold: new high issues.", None
    )
    results = AnalysisResults(
        sequence=number,
        previous=analysis_name(number - 1),
        issue_counts=IssueCounts(
            open=58, new=6, new_code=3, fixed=11, reopened=1, persisting=52, moved=4, accepted=3
        ),
        score=Score(overall, categories if overall is not None else (), 0.82),
        gate=gate,
        measures={},
        new_code_measures={},
    )
    made = Analysis(
        name=analysis_name(number),
        created_at=started,
        outcomes={outcome.analyzer: outcome for outcome in outcomes},
        owner="",
        state=AnalysisState.SUCCEEDED,
        started_at=started,
        ended_at=started + timedelta(minutes=3),
        file_count=148,
        lines_of_code=21_407,
        results=results,
    )
    return replace(made, **fields)  # type: ignore[arg-type]  # of its fields


def unmeasured() -> Analysis:
    """A succeeded analysis that learned next to nothing."""
    made = analysis(1)
    nothing = AnalysisResults(1, None, IssueCounts(), Score(), None, {}, {})
    return replace(made, outcomes={}, file_count=0, lines_of_code=0, results=nothing)


def measures(*, base: bool = True) -> tuple[Measured, ...]:
    """Some measures, one of them not measured."""
    before = (81.0, 63.0, 21_112.0, None, 2_340.0, 3.1) if base else (None,) * 6
    now = (78.4, 58.0, 21_407.0, None, 2_815.0, 3.1)
    metrics = (SCORE, ISSUES, LINES, COVERAGE, DEBT, DUPLICATION)
    return tuple(Measured(*each) for each in zip(metrics, now, before, strict=True))


def line(metric: MetricDescriptor, values: Sequence[float], every: float = 1.0) -> TrendLine:
    """Values at equal distances in days."""
    points = (
        SeriesPoint(NOON + timedelta(days=n * every), value) for n, value in enumerate(values)
    )
    return TrendLine(metric, tuple(points))


def reported(count: int) -> list[ReportedIssue]:
    """So many issues by path and name, some of them new, some moved."""
    kinds = (
        IssueDifference.PERSISTING,
        IssueDifference.NEW,
        IssueDifference.PERSISTING,
        IssueDifference.MOVED,
    )
    made = []
    for number in range(count):
        difference = kinds[number % 4]
        place = ("server/shop/old.py", 12) if difference is IssueDifference.MOVED else None
        related = (Location("server/shop/catalogue/index.py", 40, 1, 63, 2, "the other copy"),)
        that = issue(number, related=related if number % 8 == 1 else ())
        made.append(ReportedIssue(that, difference, place))
    return sorted(made, key=lambda one: (one.issue.finding.path, str(one.issue.name)))


def hostile_issues() -> list[ReportedIssue]:
    """Issues whose every text is hostile."""
    made = []
    for number, words in enumerate(HOSTILE):
        that = issue(
            number,
            path=words,
            message=words,
            rule=words,
            documentation_url=f"javascript:alert('{number}')" if number % 2 else words,
            related=(Location(words, 1, message=words),),
            status=IssueStatus.ACCEPTED if number % 3 == 1 else IssueStatus.OPEN,
            triage=Triage(IssueStatus.ACCEPTED, words, words, NOON) if number % 3 == 1 else None,
        )
        made.append(ReportedIssue(that, IssueDifference.MOVED, (words, 3)))
    return sorted(made, key=lambda one: (one.issue.finding.path, str(one.issue.name)))


def technical(issues: Sequence[ReportedIssue], **fields: object) -> TechnicalReport:
    """A technical report of these issues."""
    counter = IssueCounter()
    counter.add(one.issue for one in issues)
    files = tuple(
        FileMeasured(path, {"lines_of_code": 120.0 + n, "line_coverage": 81.25, "cognitive_complexity": 14.0})
        for n, path in enumerate(sorted({one.issue.finding.path for one in issues}))
    )  # fmt: skip
    report = TechnicalReport(
        project=SHOP,
        display_name="Shop",
        analysis=analysis(),
        base=analysis(8, 81.0),
        summary=counter.summary(),
        measures=measures(),
        new_code_measures=measures(base=False)[:2],
        files=files,
        issues=reader(issues),
        absent=reader(
            [ReportedIssue(issue(9000 + n, status=IssueStatus.FIXED), IssueDifference.FIXED) for n in range(3)]
        ),
    )  # fmt: skip
    return replace(report, **fields)  # type: ignore[arg-type]  # of its fields


def executive(issues: Sequence[ReportedIssue], **fields: object) -> ExecutiveReport:
    """An executive report of these issues."""
    counter = IssueCounter()
    counter.add(one.issue for one in issues)
    counting = sorted(
        (one.issue for one in issues if one.issue.status.counts),
        key=lambda that: (that.finding.severity, str(that.name)),
    )
    report = ExecutiveReport(
        project=SHOP,
        display_name="Shop",
        analysis=analysis(),
        base=analysis(8, 81.0),
        summary=counter.summary(),
        measures=measures(),
        top_issues=tuple(counting[:10]),
        history=line(SCORE, [70, 71.5, 74, 73, 76, 79.5, 81, 78.4], 4),
    )
    return replace(report, **fields)  # type: ignore[arg-type]  # of its fields


def trend(**fields: object) -> TrendReport:
    """A trend report."""
    report = TrendReport(
        project=SHOP,
        display_name="Shop",
        start=NOON,
        end=NOON + timedelta(days=90),
        analysis=analysis(),
        lines=(
            line(SCORE, [70 + n * 0.11 + n % 5 for n in range(80)]),
            line(ISSUES, [120 - n + n % 7 for n in range(60)]),
            line(COVERAGE, [81.2, 82.0, 79.4], 30),
            line(DEBT, [2400, 2815], 20),
            line(DUPLICATION, [3.1]),
            line(LINES, [20_000 + 31 * n for n in range(45)], 2),
        ),
    )
    return replace(report, **fields)  # type: ignore[arg-type]  # of its fields


def comparison(count: int = 30, **fields: object) -> ComparisonReport:
    """A comparison of two analyses."""
    kinds = (IssueDifference.NEW, IssueDifference.FIXED, IssueDifference.MOVED)
    changes = [
        ReportedIssue(issue(number), kind, ("a/b.py", 3) if kind is IssueDifference.MOVED else None)
        for kind in kinds
        for number in range(count * kind, count * kind + count)
    ]
    report = ComparisonReport(
        project=SHOP,
        display_name="Shop",
        analysis=analysis(),
        base=analysis(3, 66.1, branch="release/2"),
        counts={**dict.fromkeys(kinds, count), IssueDifference.PERSISTING: 40},
        measures=measures(),
        changes=reader(changes),
    )
    return replace(report, **fields)  # type: ignore[arg-type]  # of its fields


def empty() -> tuple[Report, ...]:
    """Reports of a project about which nothing is known."""
    nothing = unmeasured()
    return (
        executive((), analysis=nothing, base=None, measures=(), history=None),
        technical((), analysis=nothing, base=None, measures=(), new_code_measures=(), absent=reader(())),
        trend(analysis=nothing, lines=()),
        comparison(0, analysis=nothing, base=nothing, counts=dict.fromkeys(IssueDifference, 0), measures=()),
    )  # fmt: skip


async def written(renderer: ReportRenderer, report: Report) -> bytes:
    """All bytes that a renderer makes."""
    file = io.BytesIO()
    async for piece in renderer.render(report):
        file.write(piece)
    await renderer.finish(file)
    return file.getvalue()
