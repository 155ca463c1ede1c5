"""How events are stored: exactly, and for ever."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest

from flext_quality.domain.analyses.analysis import Analysis, AnalysisResults, AnalysisState
from flext_quality.domain.analyses.events import (
    AnalysisFinished,
    AnalysisQueued,
    AnalyzerFinished,
    AnalyzerProgressed,
    AnalyzerStarted,
    AttemptInterrupted,
    AttemptStarted,
    ConfigurationIgnored,
    FilesSkipped,
    FindingsReported,
    GateEvaluated,
    IssuesTracked,
    SkipReason,
    SourcePrepared,
)
from flext_quality.domain.analyses.revision import Revision
from flext_quality.domain.errors import ErrorReason
from flext_quality.domain.events.catalog import EventPayload
from flext_quality.domain.events.dependencies import BreakerState, CircuitBreakerChanged
from flext_quality.domain.findings.finding import (
    Applicability,
    Category,
    Confidence,
    Edit,
    Finding,
    Fix,
    Location,
    Severity,
    SeverityCounts,
)
from flext_quality.domain.findings.outcome import AnalyzerOutcome, AnalyzerState, Failure
from flext_quality.domain.gates.events import QualityGateChanged, ThresholdViolated
from flext_quality.domain.gates.quality_gate import (
    ConditionResult,
    ConditionState,
    GateCondition,
    GateOperator,
    GateResult,
    GateScope,
    GateStatus,
)
from flext_quality.domain.identifiers import AnalysisName, IssueName
from flext_quality.domain.issues.issue import IssueCounts, IssueStatus
from flext_quality.domain.metrics.score import CategoryScore, Score
from flext_quality.domain.projects.events import (
    AnalysisDeleted,
    BranchDeleted,
    IssuesTriaged,
    IssueUpdated,
    NotificationChannelDisabled,
    ProjectCreated,
    ProjectDeleted,
    ProjectUpdated,
    QualityGateUpdated,
)
from flext_quality.infrastructure.persistence.events.codec import TYPES, decode, encode
from tests.properties import given, st

# --- round trip -----------------------------------------------------------------------------------

PROJECT_IDS = st.from_regex("[a-z0-9][a-z0-9-]{1,62}", fullmatch=True)
IDS = st.from_regex("[0-9a-z]{26}", fullmatch=True)
LEAVES: dict[Any, st.SearchStrategy[Any]] = {
    datetime: st.datetimes(timezones=st.just(UTC)),
    timedelta: st.timedeltas(timedelta(0), timedelta(days=3650)),
    int: st.integers(0, 2**63 - 1),
    str: st.text(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    type(None): st.none(),
    AnalysisName: st.builds(AnalysisName, PROJECT_IDS, IDS),
    IssueName: st.builds(IssueName, PROJECT_IDS, IDS),
}


def anything(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of a type, with every field of dataclasses filled in."""
    if kind in LEAVES:
        return LEAVES[kind]
    if get_origin(kind) is tuple:
        return st.lists(anything(get_args(kind)[0]), max_size=3).map(tuple)
    if get_origin(kind) is Mapping:
        keys, values = get_args(kind)
        return st.dictionaries(anything(keys), anything(values), max_size=3)
    if get_origin(kind) in {Union, types.UnionType}:
        return st.one_of([anything(choice) for choice in get_args(kind)])
    if is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        return st.builds(kind, **{f.name: anything(hints[f.name]) for f in fields(kind)})
    return st.sampled_from(kind)  # an enumeration


def by_name(outcomes: list[AnalyzerOutcome]) -> dict[str, AnalyzerOutcome]:
    """As `Analysis` holds them."""
    return {outcome.analyzer: outcome for outcome in outcomes}


def happenings(kind: type[EventPayload]) -> st.SearchStrategy[Any]:
    """Any event of a type."""
    if kind is not AnalysisFinished:
        return anything(kind)
    hints = {name: hint for name, hint in get_type_hints(Analysis).items() if name != "_events"}
    del hints["outcomes"]
    values = {name: anything(hint) for name, hint in hints.items()}
    outcomes = st.lists(anything(AnalyzerOutcome), max_size=3).map(by_name)
    return st.builds(AnalysisFinished, st.builds(Analysis, outcomes=outcomes, **values))


@pytest.mark.parametrize("name", TYPES)
@given(data=st.data())
def test_every_event_survives_storing(name: str, data: st.DataObject) -> None:
    """Whatever it holds, it comes back equal."""
    what = data.draw(happenings(TYPES[name]))
    stored_name, text = encode(what)
    assert stored_name == name
    back = decode(stored_name, text)
    assert what == back
    if isinstance(back, AnalysisFinished):
        assert list(what.analysis.outcomes) == list(back.analysis.outcomes)


# --- what older versions stored ---------------------------------------------------------------------

NOON = datetime(2025, 3, 1, 12, 0, 0, 1, tzinfo=UTC)
COUNTS = SeverityCounts(1, 2, 3, 4, 5)
COUNTS_JSON = '{"critical":1,"high":2,"medium":3,"low":4,"info":5}'
FINDING = Finding(
    "ruff", "F401", Severity.MEDIUM, "m", "a.py", 1, 2, 3, 4, 5, "https://d", Confidence.HIGH,
    Fix("f", Applicability.SAFE, (Edit(1, 2, 3, 4, "c"),)), Category.STYLE,
    (Location("b.py", 1, 2, 3, 4, "n"),), 2**64 - 1,
)  # fmt: skip
OLD_FINDING = replace(FINDING, category=Category.UNSPECIFIED, related=(), line_hash=0)
OLD_FINDING_JSON = (
    '{"analyzer":"ruff","rule":"F401","severity":3,"message":"m","path":"a.py","line":1,'
    '"column":2,"end_line":3,"end_column":4,"cell":5,"documentation_url":"https://d",'
    '"confidence":1,"fix":{"description":"f","applicability":1,"edits":[{"start_line":1,'
    '"start_column":2,"end_line":3,"end_column":4,"content":"c"}]}}'
)
FINDING_JSON = (
    f'{OLD_FINDING_JSON[:-1]},"category":7,"related":[{{"path":"b.py","line":1,"column":2,'
    '"end_line":3,"end_column":4,"message":"n"}],"line_hash":18446744073709551615}'
)
OLD_OUTCOME = AnalyzerOutcome(
    "mypy", AnalyzerState.TIMED_OUT, "1.0", COUNTS, NOON, timedelta(seconds=90, microseconds=1),
    3, 1, "d", Failure(ErrorReason.TOOL_TIMED_OUT, "m"),
)  # fmt: skip
OLD_OUTCOME_JSON = (
    f'{{"analyzer":"mypy","state":5,"version":"1.0","severity_counts":{COUNTS_JSON},'
    '"started_at":"2025-03-01T12:00:00.000001Z","duration":"PT90.000001S","file_count":3,'
    '"skipped_file_count":1,"config_digest":"d","failure":{"reason":"TOOL_TIMED_OUT",'
    '"message":"m"}}'
)
OUTCOME = replace(OLD_OUTCOME, failure=Failure(ErrorReason.TOOL_TIMED_OUT, "m", {"limit": "90"}))
OUTCOME_JSON = f'{OLD_OUTCOME_JSON[:-2]},"metadata":{{"limit":"90"}}}}}}'
NAME = AnalysisName("shop", "01jn0000000000000000000001")
NAME_JSON = '{"project_id":"shop","analysis_id":"01jn0000000000000000000001"}'
CONDITION = GateCondition("new_issues", GateOperator.AT_MOST, 1.5, GateScope.NEW_CODE)
CONDITION_JSON = '{"metric":"new_issues","operator":1,"threshold":1.5,"scope":2}'
GATE = GateResult(
    GateStatus.FAILED, (ConditionResult(CONDITION, ConditionState.FAILED, 2.0, "n"),), "m", NAME
)
GATE_JSON = (
    f'{{"status":2,"conditions":[{{"condition":{CONDITION_JSON},"state":2,"value":2.0,'
    f'"message":"n"}}],"message":"m","baseline":{NAME_JSON}}}'
)
ISSUE_COUNTS = IssueCounts(1, 2, 3, 4, 5, 6, 7, 8, 9)
ISSUE_COUNTS_JSON = (
    '{"open":1,"new":2,"new_code":3,"fixed":4,"reopened":5,"persisting":6,"moved":7,'
    '"accepted":8,"false_positive":9}'
)
SCORE = Score(81.5, (CategoryScore(Category.STYLE, 50.0),), 0.25)
SCORE_JSON = '{"overall":81.5,"categories":[{"category":7,"score":50.0}],"confidence":0.25}'
KNOWLEDGE = AnalysisResults(
    4, NAME, ISSUE_COUNTS, SCORE, GATE, {"issues": 1.0}, {"new_lines": 2.0}, "s"
)
KNOWLEDGE_JSON = (
    f'{{"sequence":4,"previous":{NAME_JSON},"issue_counts":{ISSUE_COUNTS_JSON},'
    f'"score":{SCORE_JSON},"gate":{GATE_JSON},"measures":{{"issues":1.0}},'
    '"new_code_measures":{"new_lines":2.0},"snapshot":"s"}'
)
OLD_ANALYSIS = Analysis(
    NAME, NOON, {"mypy": OLD_OUTCOME}, "o",
    AnalysisState.FAILED, 2, True, NOON, NOON, 3, 100, 1, Failure(ErrorReason.INTERNAL, "m"), 9,
)  # fmt: skip
REVISION = Revision("c", "b", "main", "d", "7", "https://ci.example/1", NOON, {"l": "v"})
REVISION_JSON = (
    '{"commit":"c","branch":"b","base_branch":"main","base_commit":"d","pull_request":"7",'
    '"build_url":"https://ci.example/1","author_time":"2025-03-01T12:00:00.000001Z",'
    '"labels":{"l":"v"}}'
)
FAILURE = Failure(ErrorReason.INTERNAL, "m", {"step": "tracking"})
ANALYSIS = replace(
    OLD_ANALYSIS,
    outcomes={"mypy": OUTCOME},
    failure=FAILURE,
    revision=REVISION,
    results=KNOWLEDGE,
)
OLD_ANALYSIS_JSON = (
    '{"name":"projects/shop/analyses/01jn0000000000000000000001",'
    f'"created_at":"2025-03-01T12:00:00.000001Z","outcomes":[{OLD_OUTCOME_JSON}],"owner":"o",'
    '"state":4,"attempt":2,"cancel_requested":true,"started_at":"2025-03-01T12:00:00.000001Z",'
    '"ended_at":"2025-03-01T12:00:00.000001Z","file_count":3,"lines_of_code":100,'
    '"skipped_file_count":1,"failure":{"reason":"INTERNAL","message":"m"},"last_sequence":9}'
)
_OLD_FAILURE_JSON = '"message":"m"},"last_sequence":9}'
_FAILURE_JSON = '"message":"m","metadata":{"step":"tracking"}},"last_sequence":9'
ANALYSIS_JSON = (
    f"{OLD_ANALYSIS_JSON.replace(OLD_OUTCOME_JSON, OUTCOME_JSON).replace(_OLD_FAILURE_JSON, '')}"
    f'{_FAILURE_JSON},"branch":"b","knowledge":{KNOWLEDGE_JSON},'
    f'"revision":{REVISION_JSON}}}'
)

STORED: dict[str, tuple[str, EventPayload]] = {
    "analysis_queued": ('{"analyzers":["a","b"]}', AnalysisQueued(("a", "b"))),
    "attempt_started": ('{"attempt":2}', AttemptStarted(2)),
    "attempt_interrupted": ('{"attempt":1,"message":"m"}', AttemptInterrupted(1, "m")),
    "source_prepared": (
        '{"file_count":1,"lines_of_code":2,"byte_count":3,"skipped_file_count":4}',
        SourcePrepared(1, 2, 3, 4),
    ),
    "files_skipped": (
        '{"reason":7,"paths":["a.py"],"analyzer":"mypy","detail":"d"}',
        FilesSkipped(SkipReason.SYNTAX, ("a.py",), "mypy", "d"),
    ),
    "configuration_ignored": (
        '{"analyzer":"mypy","path":"p","option":"plugins","message":"m"}',
        ConfigurationIgnored("mypy", "p", "plugins", "m"),
    ),
    "analyzer_started": (
        '{"analyzer":"ruff","version":"1","file_count":2,"config_digest":"d"}',
        AnalyzerStarted("ruff", "1", 2, "d"),
    ),
    "analyzer_progressed": (
        '{"analyzer":"ruff","files_done":1,"files_total":2}',
        AnalyzerProgressed("ruff", 1, 2),
    ),
    "findings_reported": (
        (
            f'{{"analyzer":"ruff","finding_count":15,"severity_counts":{COUNTS_JSON},'
            f'"total_finding_count":15,"highlights":[{FINDING_JSON}]}}'
        ),
        FindingsReported("ruff", 15, COUNTS, 15, (FINDING,)),
    ),
    "analyzer_finished": (f'{{"outcome":{OUTCOME_JSON}}}', AnalyzerFinished(OUTCOME)),
    "issues_tracked": (
        (
            f'{{"counts":{ISSUE_COUNTS_JSON},"new_severity_counts":{COUNTS_JSON},'
            f'"score":{SCORE_JSON},"found_severity_counts":{COUNTS_JSON}}}'
        ),
        IssuesTracked(ISSUE_COUNTS, COUNTS, SCORE, COUNTS),
    ),
    "gate_evaluated": (f'{{"result":{GATE_JSON}}}', GateEvaluated(GATE)),
    "analysis_finished": (f'{{"analysis":{ANALYSIS_JSON}}}', AnalysisFinished(ANALYSIS)),
    "project_created": ('{"display_name":"Shop"}', ProjectCreated("Shop")),
    "project_updated": ('{"fields":["source"]}', ProjectUpdated(("source",))),
    "project_deleted": ("{}", ProjectDeleted()),
    "quality_gate_updated": ('{"is_default":true}', QualityGateUpdated(True)),
    "quality_gate_changed": (
        f'{{"analysis":{NAME_JSON},"branch":"b","before":1,"after":2,"message":"m"}}',
        QualityGateChanged(NAME, "b", GateStatus.PASSED, GateStatus.FAILED, "m"),
    ),
    "threshold_violated": (
        (
            f'{{"analysis":{NAME_JSON},"branch":"b","condition":{CONDITION_JSON},"value":2.0,'
            '"message":"m"}'
        ),
        ThresholdViolated(NAME, "b", CONDITION, 2.0, "m"),
    ),
    "issues_triaged": (
        (
            '{"status":6,"count":3,"author":"a","reason":"r","issues":[{"project_id":"shop",'
            '"issue_id":"01jn0000000000000000000002"}]}'
        ),
        IssuesTriaged(
            IssueStatus.ACCEPTED, 3, "a", "r", (IssueName("shop", "01jn0000000000000000000002"),)
        ),
    ),
    "issue_updated": (
        (
            '{"issue":{"project_id":"shop","issue_id":"01jn0000000000000000000002"},'
            '"fields":["assignee"],"assignee":"Ann","tags":["x"]}'
        ),
        IssueUpdated(IssueName("shop", "01jn0000000000000000000002"), ("assignee",), "Ann", ("x",)),
    ),
    "channel_disabled": (
        '{"channel":"c","display_name":"Ops","reason":"r"}',
        NotificationChannelDisabled("c", "Ops", "r"),
    ),
    "analysis_deleted": (
        f'{{"analysis":{NAME_JSON},"branch":"b"}}',
        AnalysisDeleted(NAME, "b"),
    ),
    "branch_deleted": ('{"branch":"b","analysis_count":3}', BranchDeleted("b", 3)),
    "circuit_breaker_changed": (
        '{"dependency":"redis","before":"half_open","after":"open","server":"s"}',
        CircuitBreakerChanged("redis", BreakerState.HALF_OPEN, BreakerState.OPEN, "s"),
    ),
}

OLD: dict[str, tuple[str, EventPayload]] = {
    "findings_reported": (
        (
            f'{{"analyzer":"ruff","finding_count":15,"severity_counts":{COUNTS_JSON},'
            f'"total_finding_count":15,"highlights":[{OLD_FINDING_JSON}]}}'
        ),
        FindingsReported("ruff", 15, COUNTS, 15, (OLD_FINDING,)),
    ),
    "analyzer_finished": (f'{{"outcome":{OLD_OUTCOME_JSON}}}', AnalyzerFinished(OLD_OUTCOME)),
    "analysis_finished": (
        f'{{"analysis":{OLD_ANALYSIS_JSON}}}',
        AnalysisFinished(OLD_ANALYSIS),
    ),
    "analysis_finished of a branch": (
        f'{{"analysis":{OLD_ANALYSIS_JSON[:-1]},"branch":"b"}}}}',
        AnalysisFinished(replace(OLD_ANALYSIS, revision=Revision(branch="b"))),
    ),
}
"""As they were stored before they had all their fields."""


def test_every_type_of_event_has_a_stored_sample() -> None:
    """And each type has one name."""
    kinds = {kind for part in get_args(EventPayload) for kind in get_args(part) or (part,)}
    assert set(STORED) == set(TYPES)
    assert kinds == set(TYPES.values())
    assert len(TYPES) == len(kinds)


@pytest.mark.parametrize("name", OLD)
def test_what_was_stored_before_there_were_more_fields_can_be_read(name: str) -> None:
    """The new fields have their defaults."""
    text, what = OLD[name]
    assert what == decode(name.partition(" ")[0], text)


@pytest.mark.parametrize("name", STORED)
def test_what_was_stored_once_can_be_read_for_ever(name: str) -> None:
    """Renaming a class, a field or a number would break the log of existing databases."""
    text, what = STORED[name]
    assert what == decode(name, text)
    assert (name, text) == encode(what)
