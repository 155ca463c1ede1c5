"""Evaluates quality gates. docs/quality-gates.md explains it."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Collection, Iterator, Mapping
from types import MappingProxyType

from flext_quality.domain.errors import FieldViolation
from flext_quality.domain.findings.outcome import AnalyzerOutcome, AnalyzerState
from flext_quality.domain.gates.events import (
    GateEventPayload,
    QualityGateChanged,
    ThresholdViolated,
)
from flext_quality.domain.gates.quality_gate import (
    ConditionResult,
    ConditionState,
    GateCondition,
    GateOperator,
    GateResult,
    GateScope,
    GateStatus,
    QualityGate,
)
from flext_quality.domain.identifiers import AnalysisName
from flext_quality.domain.metrics.metric_keys import (
    METRICS,
    NEW_PREFIX,
    MetricDescriptor,
    close_metric,
)

DEFAULT_GATE = QualityGate(
    conditions=(
        GateCondition("issues_critical", GateOperator.AT_MOST, 0),
        GateCondition("new_issues_high", GateOperator.AT_MOST, 0, GateScope.NEW_CODE),
        GateCondition("new_line_coverage", GateOperator.AT_LEAST, 80, GateScope.NEW_CODE),
        GateCondition("new_duplication", GateOperator.AT_MOST, 3, GateScope.NEW_CODE),
    ),
    min_new_lines=20,
    is_default=True,
)
"""The gate of a project that has not set its own."""

_EXEMPTABLE = frozenset({"new_line_coverage", "new_duplication"})
"""What a change of fewer lines than `min_new_lines` is exempt from."""

_HOLDS: Mapping[GateOperator, Callable[[float, float], bool]] = MappingProxyType(
    {
        GateOperator.AT_MOST: operator.le,
        GateOperator.AT_LEAST: operator.ge,
        GateOperator.LESS_THAN: operator.lt,
        GateOperator.GREATER_THAN: operator.gt,
        GateOperator.EQUAL: operator.eq,
    }
)
_WORDS = MappingProxyType(
    {
        GateOperator.AT_MOST: "at most {} allowed",
        GateOperator.AT_LEAST: "at least {} required",
        GateOperator.LESS_THAN: "less than {} required",
        GateOperator.GREATER_THAN: "more than {} required",
        GateOperator.EQUAL: "exactly {} required",
    }
)


def value_key(condition: GateCondition) -> str:
    """The key of the metric that a condition is about: "issues" over new code is "new_issues"."""
    metric = condition.metric
    is_new = condition.scope is GateScope.NEW_CODE and not metric.startswith(NEW_PREFIX)
    return NEW_PREFIX + metric if is_new else metric


def evaluate(
    gate: QualityGate,
    values: Mapping[str, float],
    new_values: Mapping[str, float],
    outcomes: Mapping[str, AnalyzerOutcome],
    baseline: AnalysisName | None = None,
) -> GateResult:
    """How the gate comes out.

    `values` are the measures of all code, `new_values` those of new code since the analysis `baseline`;
    empty where there is none to compare with. `outcomes` are those of the analyzers that were asked for.
    """
    results = tuple(
        _condition_result(condition, gate, values, new_values) for condition in gate.conditions
    )
    missing = [a for a in gate.required_analyzers if not _succeeded(outcomes.get(a))]
    failed = [one for one in results if _fails(one)]
    decided = GateStatus.FAILED if failed else GateStatus.PASSED
    status = GateStatus.ERROR if missing else decided
    return GateResult(status, results, _message(results, missing, outcomes), baseline)


def gate_events(
    analysis: AnalysisName, branch: str, before: GateResult | None, after: GateResult
) -> list[GateEventPayload]:
    """What to tell about how the gate of a branch's latest analysis comes out now.

    `before` is how it came out until now; None for the branch's first analysis.
    """
    told: list[GateEventPayload] = []
    if before is None or before.status is not after.status:
        status = None if before is None else before.status
        told.append(QualityGateChanged(analysis, branch, status, after.status, after.message))
    known = {one.condition for one in (before.conditions if before else ()) if _fails(one)}
    told += (
        ThresholdViolated(analysis, branch, one.condition, one.value, one.message)
        for one in after.conditions
        if _fails(one) and one.value is not None and one.condition not in known
    )
    return told


def violations(
    gate: QualityGate, analyzers: Collection[str], field: str = "quality_gate"
) -> list[FieldViolation]:
    """What is wrong with a gate, field by field; `analyzers` are those that there are."""
    found: list[FieldViolation] = []
    seen: dict[tuple[str, GateOperator], int] = {}
    for number, condition in enumerate(gate.conditions):
        path = f"{field}.conditions[{number}]"
        found += (FieldViolation(f"{path}.{name}", why) for name, why in _wrong_with(condition))
        first = seen.setdefault((value_key(condition), condition.operator), number)
        if first != number:
            found.append(FieldViolation(path, f"repeats conditions[{first}]; only one can count"))
    for number, name in enumerate(gate.required_analyzers):
        if name not in analyzers:
            available = ", ".join(sorted(analyzers))
            why = f"there is no analyzer {name!r}; there are: {available}"
            found.append(FieldViolation(f"{field}.required_analyzers[{number}]", why))
    if gate.min_new_lines < 0:
        found.append(FieldViolation(f"{field}.min_new_lines", "must not be negative"))
    return found


def _wrong_with(condition: GateCondition) -> Iterator[tuple[str, str]]:
    """The names of wrong fields, and what is wrong with each."""
    if not math.isfinite(condition.threshold):
        yield "threshold", "must be a finite number"
    metric = condition.metric
    if metric not in METRICS:
        close = close_metric(metric)
        hint = f"; did you mean {close!r}?" if close else ""
        yield "metric", f"there is no metric {metric!r}{hint}"
    elif condition.scope is GateScope.OVERALL and metric.startswith(NEW_PREFIX):
        yield "scope", f"must be NEW_CODE, since {metric!r} is measured of new code only"
    elif value_key(condition) not in METRICS:
        known = ", ".join(key for key in METRICS if key.startswith(NEW_PREFIX))
        yield "metric", f"{metric!r} is not measured of new code; that are: {known}"


def _condition_result(
    condition: GateCondition,
    gate: QualityGate,
    values: Mapping[str, float],
    new_values: Mapping[str, float],
) -> ConditionResult:
    key = value_key(condition)
    is_new = condition.scope is GateScope.NEW_CODE
    value = (new_values if is_new else values).get(key)
    metric = METRICS.get(key) or METRICS.get(condition.metric)
    name = metric.display_name if metric else condition.metric
    new_lines = new_values.get("new_lines")
    if key in _EXEMPTABLE and new_lines is not None and new_lines < gate.min_new_lines:
        why = f"{name}: exempt, since {new_lines:.0f} new lines are fewer than {gate.min_new_lines}"
        return ConditionResult(condition, ConditionState.EXEMPT, value, why)
    if value is None:
        why = "there is no earlier analysis to compare with" if is_new and not new_values else ""
        text = f"{name}: not measured" + (f", {why}" if why else "")
        return ConditionResult(condition, ConditionState.NOT_MEASURED, None, text)
    holds = _HOLDS[condition.operator](value, condition.threshold)
    state = ConditionState.PASSED if holds else ConditionState.FAILED
    return ConditionResult(condition, state, value, _sentence(condition, name, metric, value))


def _sentence(
    condition: GateCondition, name: str, metric: MetricDescriptor | None, value: float
) -> str:
    unit = (
        " %" if metric and metric.unit == "%" else " min" if metric and metric.unit == "min" else ""
    )
    shown, threshold = _numbers(value, condition.threshold)
    return f"{name}: {shown}{unit}; {_WORDS[condition.operator].format(threshold + unit)}"


def _numbers(value: float, threshold: float) -> tuple[str, str]:
    """Both as people read them, with as many digits as it takes to tell them apart."""
    for digits in range(1, 13):
        shown, limit = _number(value, digits), _number(threshold, digits)
        if shown != limit or value == threshold:
            return shown, limit
    return repr(value), repr(threshold)


def _number(value: float, digits: int) -> str:
    text = f"{value:,.{digits}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _fails(result: ConditionResult) -> bool:
    return result.state is ConditionState.FAILED


def _succeeded(outcome: AnalyzerOutcome | None) -> bool:
    return outcome is not None and outcome.state is AnalyzerState.SUCCEEDED


def _message(
    results: Collection[ConditionResult],
    missing: Collection[str],
    outcomes: Mapping[str, AnalyzerOutcome],
) -> str:
    """The whole in one sentence."""
    if missing:
        words = (f"{name} {_fate(outcomes.get(name))}" for name in missing)
        return f"Cannot be decided: {', '.join(words)}, which the gate requires."
    count = {state: [r for r in results if r.state is state] for state in ConditionState}
    if failed := count[ConditionState.FAILED]:
        text = f"{len(failed)} of {len(results)} conditions {_do(len(failed))} not hold"
        text += f": {'; '.join(one.message for one in failed)}"
    elif not results:
        text = "The gate has no conditions"
    else:
        text = f"{len(count[ConditionState.PASSED])} of {len(results)} conditions hold"
        if unmeasured := len(count[ConditionState.NOT_MEASURED]):
            text += f", {unmeasured} {'was' if unmeasured == 1 else 'were'} not measured"
        if exempt := len(count[ConditionState.EXEMPT]):
            text += f", the change is too small for {exempt}"
    broken = [a for a, outcome in outcomes.items() if outcome.state in _BROKEN]
    if broken:
        text += f"; {', '.join(broken)} did not succeed"
    return f"{text}."


_BROKEN = frozenset({AnalyzerState.FAILED, AnalyzerState.TIMED_OUT})


def _do(count: int) -> str:
    return "does" if count == 1 else "do"


def _fate(outcome: AnalyzerOutcome | None) -> str:
    """How an analyzer ended, as a sentence that its name begins."""
    if outcome is None:
        return "was not run"
    if outcome.failure is not None and outcome.state in _BROKEN:
        return f"did not succeed ({outcome.failure.message})"
    return f"was {outcome.state.name.lower().replace('_', ' ')}"
