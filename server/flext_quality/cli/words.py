"""The contract's enums in the words and colours that people see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from flext.quality.v1.analysis_event_pb2 import SkipReason
from flext.quality.v1.analysis_pb2 import AnalysisState, AnalyzerState
from flext.quality.v1.finding_pb2 import Category
from flext.quality.v1.issue_pb2 import IssueStatus
from flext.quality.v1.quality_gate_pb2 import ConditionState, GateStatus
from flext.quality.v1.score_pb2 import Grade
from flext.quality.v1.severity_pb2 import Severity, SeverityCounts


class SeverityWord(NamedTuple):
    """How a severity is shown. `field` is its count's name in SeverityCounts."""

    field: str
    short: str
    style: str


SEVERITIES = {
    Severity.SEVERITY_CRITICAL: SeverityWord("critical", "crit", "bold white on red"),
    Severity.SEVERITY_HIGH: SeverityWord("high", "high", "bold red"),
    Severity.SEVERITY_MEDIUM: SeverityWord("medium", "med", "yellow"),
    Severity.SEVERITY_LOW: SeverityWord("low", "low", "cyan"),
    Severity.SEVERITY_INFO: SeverityWord("info", "info", "dim"),
}

_UNKNOWN_SEVERITY = SeverityWord("", "?", "")

STATE_STYLES = {
    "succeeded": "green",
    "failed": "bold red",
    "timed out": "bold red",
    "cancelled": "yellow",
    "skipped": "dim",
    "running": "cyan",
    "pending": "dim",
}

_SKIP_REASONS = {
    SkipReason.SKIP_REASON_LINK: "link that leads out of the project or nowhere",
    SkipReason.SKIP_REASON_SPECIAL_FILE: "device, FIFO or socket",
    SkipReason.SKIP_REASON_UNREADABLE: "not readable",
    SkipReason.SKIP_REASON_NAME: "name with control characters, or not UTF-8",
    SkipReason.SKIP_REASON_TOO_LARGE: "too large",
    SkipReason.SKIP_REASON_ENCODING: "not in its declared encoding",
    SkipReason.SKIP_REASON_SYNTAX: "syntax error",
    SkipReason.SKIP_REASON_DUPLICATE_MODULE: "module name that another file has too",
    SkipReason.SKIP_REASON_MODULE_NAME: "not a module name",
    SkipReason.SKIP_REASON_EXCLUDED: "left out by the project's configuration",
    SkipReason.SKIP_REASON_TOOL_ERROR: "the tool failed on it",
}


CATEGORIES = {
    Category.CATEGORY_SECURITY: "security",
    Category.CATEGORY_RELIABILITY: "reliability",
    Category.CATEGORY_MAINTAINABILITY: "maintainability",
    Category.CATEGORY_DUPLICATION: "duplication",
    Category.CATEGORY_COVERAGE: "coverage",
    Category.CATEGORY_DEAD_CODE: "dead code",
    Category.CATEGORY_STYLE: "style",
}

ISSUE_STATUSES = {
    IssueStatus.ISSUE_STATUS_OPEN: "open",
    IssueStatus.ISSUE_STATUS_ACKNOWLEDGED: "acknowledged",
    IssueStatus.ISSUE_STATUS_FIXED: "fixed",
    IssueStatus.ISSUE_STATUS_REOPENED: "reopened",
    IssueStatus.ISSUE_STATUS_FALSE_POSITIVE: "false-positive",
    IssueStatus.ISSUE_STATUS_ACCEPTED: "accepted",
}

_GRADES = {
    Grade.GRADE_A_PLUS: ("A+", "bold green"),
    Grade.GRADE_A: ("A", "bold green"),
    Grade.GRADE_B: ("B", "green"),
    Grade.GRADE_C: ("C", "yellow"),
    Grade.GRADE_D: ("D", "red"),
    Grade.GRADE_F: ("F", "bold red"),
}

GATE_STYLES = {"passed": "bold green", "failed": "bold red", "error": "bold red"}
CONDITION_STYLES = {"passed": "green", "failed": "bold red", "not measured": "dim", "exempt": "dim"}


def grade(value: Grade) -> tuple[str, str]:
    """A grade as people write it, and its style; "?" for one newer than this program."""
    return _GRADES.get(value, ("?", ""))


def category(value: Category) -> str:
    """What an issue is about."""
    return CATEGORIES.get(value, "other")


def issue_status(value: IssueStatus) -> str:
    """Where an issue stands."""
    return ISSUE_STATUSES.get(value, "unknown")


def gate_status(value: GateStatus) -> str:
    """How a gate came out, such as "passed"; "unspecified" if it was not evaluated."""
    return _word(GateStatus.Name, value, "GATE_STATUS_")


def condition_state(value: ConditionState) -> str:
    """How a condition came out, such as "not measured"."""
    return _word(ConditionState.Name, value, "CONDITION_STATE_")


def severity_word(severity: Severity) -> SeverityWord:
    """How `severity` is shown, also if it is newer than this program."""
    return SEVERITIES.get(severity, _UNKNOWN_SEVERITY)


def skip_reason(reason: SkipReason) -> str:
    """Why a file was left out."""
    return _SKIP_REASONS.get(reason, "for a reason that this version does not know")


def analyzer_state(state: AnalyzerState) -> str:
    """Its word, such as "timed out"."""
    return _word(AnalyzerState.Name, state, "ANALYZER_STATE_")


def analysis_state(state: AnalysisState) -> str:
    """Its word, such as "succeeded"."""
    return _word(AnalysisState.Name, state, "ANALYSIS_STATE_")


def severity_list(counts: SeverityCounts) -> str:
    """`1 critical, 20 low`; empty where there is nothing."""
    numbers = ((getattr(counts, word.field), word.field) for word in SEVERITIES.values())
    return ", ".join(f"{number:,} {field}" for number, field in numbers if number)


def _word(name_of: Callable[[Any], str], state: int, prefix: str) -> str:
    try:
        name = name_of(state)
    except ValueError:
        return "unknown"
    return name.removeprefix(prefix).replace("_", " ").lower()
