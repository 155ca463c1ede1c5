import math
from dataclasses import replace

import pytest

from flext_quality.domain.errors import ToolFailedError
from flext_quality.domain.findings.outcome import AnalyzerOutcome, AnalyzerState, Failure
from flext_quality.domain.gates.events import QualityGateChanged, ThresholdViolated
from flext_quality.domain.gates.gating import DEFAULT_GATE, evaluate, gate_events, violations
from flext_quality.domain.gates.quality_gate import (
    ConditionState,
    GateCondition,
    GateOperator,
    GateResult,
    GateScope,
    GateStatus,
    QualityGate,
)
from flext_quality.domain.identifiers import AnalysisName
from tests.properties import given, st

AT_MOST, AT_LEAST, LESS_THAN, GREATER_THAN, EQUAL = GateOperator
BASELINE = AnalysisName("shop", "0" * 26)
THIS = AnalysisName("shop", "1" * 26)
ANALYZERS = ["bandit", "ruff"]


def overall(metric: str, operator: GateOperator, threshold: float) -> GateCondition:
    return GateCondition(metric, operator, threshold)


def on_new(metric: str, operator: GateOperator, threshold: float) -> GateCondition:
    return GateCondition(metric, operator, threshold, GateScope.NEW_CODE)


def outcomes(**states: AnalyzerState) -> dict[str, AnalyzerOutcome]:
    return {name: AnalyzerOutcome(name, state) for name, state in states.items()}


def result(
    *conditions: GateCondition,
    values: dict[str, float] | None = None,
    new: dict[str, float] | None = None,
    **gate: int,
) -> GateResult:
    return evaluate(QualityGate(conditions, **gate), values or {}, new or {}, {}, BASELINE)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("operator", "threshold", "holds"),
    [
        (AT_MOST, 5, True),
        (AT_MOST, 4.9, False),
        (AT_LEAST, 5, True),
        (AT_LEAST, 5.1, False),
        (LESS_THAN, 5, False),
        (LESS_THAN, 5.1, True),
        (GREATER_THAN, 5, False),
        (GREATER_THAN, 4.9, True),
        (EQUAL, 5, True),
        (EQUAL, 5.1, False),
    ],
)
def test_a_condition_compares_value_and_threshold(
    operator: GateOperator, threshold: float, holds: bool
) -> None:
    """At the threshold itself too; one that does not hold fails the gate."""
    came_out = result(overall("issues", operator, threshold), values={"issues": 5})
    assert came_out.conditions[0].state is (
        ConditionState.PASSED if holds else ConditionState.FAILED
    )
    assert came_out.status is (GateStatus.PASSED if holds else GateStatus.FAILED)
    assert (came_out.conditions[0].value, came_out.baseline) == (5, BASELINE)


def test_conditions_are_on_all_code_or_on_new_code() -> None:
    """Of new code the key may be written with or without its prefix."""
    came_out = result(
        overall("issues", AT_MOST, 3),
        on_new("issues", AT_MOST, 3),
        on_new("new_issues", AT_MOST, 3),
        values={"issues": 7},
        new={"new_issues": 2},
    )
    assert [one.value for one in came_out.conditions] == [7, 2, 2]


@pytest.mark.parametrize(
    ("condition", "values", "new", "sentence"),
    [
        (
            overall("line_coverage", AT_LEAST, 80),
            {"line_coverage": 71.4},
            {},
            "Line coverage: 71.4 %; at least 80 % required",
        ),
        (
            overall("line_coverage", AT_LEAST, 80),
            {"line_coverage": 79.99964321},
            {},
            "Line coverage: 79.9996 %; at least 80 % required",
        ),
        (
            overall("lines_of_code", LESS_THAN, 100_000),
            {"lines_of_code": 123_456},
            {},
            "Lines of code: 123,456; less than 100,000 required",
        ),
        (
            overall("technical_debt", AT_MOST, 60),
            {"technical_debt": 60},
            {},
            "Technical debt: 60 min; at most 60 min allowed",
        ),
        (overall("coverage", AT_LEAST, 80), {}, {}, "Coverage: not measured"),
        (
            on_new("issues", AT_MOST, 0),
            {},
            {},
            "New issues: not measured, there is no earlier analysis to compare with",
        ),
        (
            on_new("new_line_coverage", AT_LEAST, 80),
            {},
            {"new_lines": 7, "new_line_coverage": 0},
            "Coverage of new lines: exempt, since 7 new lines are fewer than 20",
        ),
    ],
)
def test_each_condition_says_what_it_found(
    condition: GateCondition, values: dict[str, float], new: dict[str, float], sentence: str
) -> None:
    """Value and threshold in their unit, with as many digits as it takes to tell them apart."""
    came_out = result(condition, values=values, new=new, min_new_lines=20)
    assert sentence == came_out.conditions[0].message


@given(
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(allow_nan=False, allow_infinity=False),
)
def test_a_sentence_never_shows_two_values_alike_that_are_not(value: float, limit: float) -> None:
    """Else it would say that 80 % are not at least 80 %."""
    came_out = result(overall("score", AT_MOST, limit), values={"score": value})
    shown, _, rest = came_out.conditions[0].message.removeprefix("Score: ").partition("; at most ")
    assert (shown == rest.removesuffix(" allowed")) is (value == limit)


def test_what_was_not_measured_does_not_fail_the_gate() -> None:
    """It is told as such, and has no value."""
    came_out = result(
        overall("coverage", AT_LEAST, 80), overall("issues", AT_MOST, 9), values={"issues": 1}
    )
    assert came_out.status is GateStatus.PASSED
    assert came_out.conditions[0].state is ConditionState.NOT_MEASURED
    assert came_out.message == "1 of 2 conditions hold, 1 was not measured."


@pytest.mark.parametrize(
    ("lines", "state"), [(19, ConditionState.EXEMPT), (20, ConditionState.FAILED)]
)
def test_a_small_change_is_exempt(lines: int, state: ConditionState) -> None:
    """From conditions on coverage and duplication of new code, and from no others."""
    came_out = result(
        on_new("line_coverage", AT_LEAST, 80),
        on_new("duplication", AT_MOST, 3),
        on_new("issues", AT_MOST, 0),
        new={"new_lines": lines, "new_line_coverage": 0, "new_duplication": 50, "new_issues": 1},
        min_new_lines=20,
    )
    assert [state, state, ConditionState.FAILED] == [one.state for one in came_out.conditions]
    assert came_out.status is GateStatus.FAILED


def test_a_gate_that_requires_an_analyzer_is_never_passed_without_it() -> None:
    """Whether it failed, was skipped, or was not asked for: each is named, and ERROR goes before FAILED."""
    gate = QualityGate(
        (overall("issues", AT_MOST, 0),), required_analyzers=("bandit", "mypy", "ruff")
    )
    failure = Failure.of(ToolFailedError("bandit", 2, "no memory"))
    had = {
        "bandit": AnalyzerOutcome("bandit", AnalyzerState.FAILED, failure=failure),
        **outcomes(ruff=AnalyzerState.SUCCEEDED),
    }
    for issues in (0, 1):
        came_out = evaluate(gate, {"issues": issues}, {}, had)
        assert came_out.status is GateStatus.ERROR
        assert came_out.message == (
            "Cannot be decided: bandit did not succeed (bandit failed with exit code 2: no memory), "
            "mypy was not run, which the gate requires."
        )
    skipped = {**had, **outcomes(bandit=AnalyzerState.SKIPPED, mypy=AnalyzerState.TIMED_OUT)}
    message = evaluate(gate, {"issues": 0}, {}, skipped).message
    assert "bandit was skipped, mypy was timed out" in message
    all_three = outcomes(**dict.fromkeys(("bandit", "mypy", "ruff"), AnalyzerState.SUCCEEDED))
    assert evaluate(gate, {"issues": 0}, {}, all_three).status is GateStatus.PASSED


def test_the_message_tells_what_failed() -> None:
    """Each condition that does not hold, and analyzers that did not succeed though none requires them."""
    gate = QualityGate((overall("issues", AT_MOST, 0), overall("score", AT_LEAST, 50)))
    came_out = evaluate(gate, {"issues": 3, "score": 60}, {}, outcomes(mypy=AnalyzerState.FAILED))
    assert came_out.message == (
        "1 of 2 conditions does not hold: Issues: 3; at most 0 allowed; mypy did not succeed."
    )
    assert evaluate(QualityGate(()), {}, {}, {}).message == "The gate has no conditions."


def test_the_default_gate_judges_new_code() -> None:
    """A first analysis passes, whatever it finds, unless something is critical."""
    first = {"issues_critical": 0.0, "issues": 5000.0, "issues_high": 70.0}
    assert evaluate(DEFAULT_GATE, first, {}, {}).status is GateStatus.PASSED
    critical = {**first, "issues_critical": 1.0}
    assert evaluate(DEFAULT_GATE, critical, {}, {}).status is GateStatus.FAILED
    fine = {
        "new_lines": 500.0,
        "new_issues_high": 0.0,
        "new_line_coverage": 80.0,
        "new_duplication": 3.0,
    }
    assert evaluate(DEFAULT_GATE, first, fine, {}).status is GateStatus.PASSED
    for key, value in (
        ("new_issues_high", 1),
        ("new_line_coverage", 79.9),
        ("new_duplication", 3.1),
    ):
        assert evaluate(DEFAULT_GATE, first, {**fine, key: value}, {}).status is GateStatus.FAILED
    assert violations(DEFAULT_GATE, []) == []


@pytest.mark.parametrize(
    ("gate", "field", "words"),
    [
        (
            QualityGate((overall("covrage", AT_LEAST, 1),)),
            "conditions[0].metric",
            "did you mean 'coverage'?",
        ),
        (
            QualityGate((overall("qqqqqqqq", AT_LEAST, 1),)),
            "conditions[0].metric",
            "no metric 'qqqqqqqq'",
        ),
        (QualityGate((overall("score", AT_LEAST, math.nan),)), "conditions[0].threshold", "finite"),
        (QualityGate((overall("score", AT_LEAST, math.inf),)), "conditions[0].threshold", "finite"),
        (QualityGate((overall("new_issues", AT_MOST, 1),)), "conditions[0].scope", "NEW_CODE"),
        (
            QualityGate((on_new("coverage", AT_LEAST, 1),)),
            "conditions[0].metric",
            "new_line_coverage",
        ),
        (
            QualityGate((on_new("score", AT_LEAST, 1),)),
            "conditions[0].metric",
            "not measured of new",
        ),
        (
            QualityGate((on_new("issues", AT_MOST, 1), on_new("new_issues", AT_MOST, 2))),
            "conditions[1]",
            "repeats conditions[0]",
        ),
        (
            QualityGate((), required_analyzers=("ruff", "rufff")),
            "required_analyzers[1]",
            "bandit, ruff",
        ),
        (QualityGate((), min_new_lines=-1), "min_new_lines", "negative"),
    ],
)
def test_a_wrong_gate_is_told_by_the_field(gate: QualityGate, field: str, words: str) -> None:
    """With what it should be, so that the caller can mend it."""
    (violation,) = violations(gate, ANALYZERS)
    assert violation.field == f"quality_gate.{field}"
    assert words in violation.description


def test_all_that_is_wrong_is_told_at_once() -> None:
    """Two bounds of one metric are fine: at least and at most."""
    gate = QualityGate((overall("a", AT_MOST, math.nan), overall("b", AT_MOST, 1)))
    assert len(violations(gate, ANALYZERS)) == 3
    both = QualityGate((overall("score", AT_MOST, 90), overall("score", AT_LEAST, 50)))
    assert violations(both, ANALYZERS) == []


def test_a_change_of_the_outcome_is_told() -> None:
    """From the first analysis on; each condition is told when it ceases to hold, not as long as it does."""
    condition, other = overall("issues", AT_MOST, 0), overall("score", AT_LEAST, 50)
    passed = result(condition, other, values={"issues": 0, "score": 60})
    failed = result(condition, other, values={"issues": 2, "score": 60})
    worse = result(condition, other, values={"issues": 3, "score": 40})
    first = QualityGateChanged(THIS, "dev", None, GateStatus.PASSED, passed.message)
    assert gate_events(THIS, "dev", None, passed) == [first]
    assert gate_events(THIS, "dev", passed, passed) == []
    assert gate_events(THIS, "dev", passed, failed) == [
        QualityGateChanged(THIS, "dev", GateStatus.PASSED, GateStatus.FAILED, failed.message),
        ThresholdViolated(THIS, "dev", condition, 2, "Issues: 2; at most 0 allowed"),
    ]
    assert gate_events(THIS, "dev", failed, worse) == [
        ThresholdViolated(THIS, "dev", other, 40, "Score: 40; at least 50 required")
    ]
    changed = replace(condition, threshold=1)
    assert len(gate_events(THIS, "dev", failed, result(changed, values={"issues": 2}))) == 1
