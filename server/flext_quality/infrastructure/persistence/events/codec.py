"""What happened, as JSON, and back without loss.

What is stored stays for years. A name in `TYPES` never changes; a class may get new fields, with
defaults, but lose and rename none. A test holds a stored sample of every type against this.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import msgspec

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
    SourcePrepared,
)
from flext_quality.domain.events.catalog import EventPayload
from flext_quality.domain.events.dependencies import CircuitBreakerChanged
from flext_quality.domain.gates.events import QualityGateChanged, ThresholdViolated
from flext_quality.domain.projects.events import (
    IssuesTriaged,
    NotificationChannelDisabled,
    ProjectCreated,
    ProjectDeleted,
    ProjectUpdated,
    QualityGateUpdated,
)
from flext_quality.infrastructure.persistence.events.analysis_snapshot import AnalysisSnapshot

TYPES: dict[str, type[EventPayload]] = {
    "analysis_queued": AnalysisQueued,
    "attempt_started": AttemptStarted,
    "attempt_interrupted": AttemptInterrupted,
    "source_prepared": SourcePrepared,
    "files_skipped": FilesSkipped,
    "configuration_ignored": ConfigurationIgnored,
    "analyzer_started": AnalyzerStarted,
    "analyzer_progressed": AnalyzerProgressed,
    "findings_reported": FindingsReported,
    "analyzer_finished": AnalyzerFinished,
    "issues_tracked": IssuesTracked,
    "gate_evaluated": GateEvaluated,
    "analysis_finished": AnalysisFinished,
    "project_created": ProjectCreated,
    "project_updated": ProjectUpdated,
    "project_deleted": ProjectDeleted,
    "quality_gate_updated": QualityGateUpdated,
    "quality_gate_changed": QualityGateChanged,
    "threshold_violated": ThresholdViolated,
    "issues_triaged": IssuesTriaged,
    "channel_disabled": NotificationChannelDisabled,
    "circuit_breaker_changed": CircuitBreakerChanged,
}
"""The stored name of every type of event."""


class _StoredAnalysisFinished(msgspec.Struct):
    """`AnalysisFinished`: its analysis is no plain value, and is known to type checkers only."""

    analysis: AnalysisSnapshot


def _finished(text: str) -> AnalysisFinished:
    stored = msgspec.json.decode(text, type=_StoredAnalysisFinished)
    return AnalysisFinished(stored.analysis.restore())


def _decoder(what: type[EventPayload]) -> Callable[[str], EventPayload]:
    if what is AnalysisFinished:
        return _finished
    return cast("Callable[[str], EventPayload]", msgspec.json.Decoder(what).decode)


_names = {what: name for name, what in TYPES.items()}
_decoders = {name: _decoder(what) for name, what in TYPES.items()}
_encoder = msgspec.json.Encoder()


def encode(what: EventPayload) -> tuple[str, str]:
    """The type's stored name, and the JSON."""
    stored: object = what
    if isinstance(what, AnalysisFinished):
        stored = _StoredAnalysisFinished(AnalysisSnapshot.of(what.analysis))
    return _names[type(what)], _encoder.encode(stored).decode()


def decode(name: str, text: str) -> EventPayload:
    """The opposite of `encode`."""
    return _decoders[name](text)
