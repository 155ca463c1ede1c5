"""What happened, as JSON, and back without loss.

What is stored stays for years. A name in `TYPES` never changes; a class may get new fields, with
defaults, but lose and rename none. A test holds a stored sample of every type against this.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import msgspec

from flext_quality.domain import event
from flext_quality.domain.event import AnalysisFinished, Happening
from flext_quality.infrastructure.persistence.analysis_snapshot import AnalysisSnapshot

TYPES: dict[str, type[Happening]] = {
    "analysis_queued": event.AnalysisQueued,
    "attempt_started": event.AttemptStarted,
    "attempt_interrupted": event.AttemptInterrupted,
    "source_prepared": event.SourcePrepared,
    "files_skipped": event.FilesSkipped,
    "configuration_ignored": event.ConfigurationIgnored,
    "analyzer_started": event.AnalyzerStarted,
    "analyzer_progressed": event.AnalyzerProgressed,
    "findings_reported": event.FindingsReported,
    "analyzer_finished": event.AnalyzerFinished,
    "issues_tracked": event.IssuesTracked,
    "gate_evaluated": event.GateEvaluated,
    "analysis_finished": event.AnalysisFinished,
    "project_created": event.ProjectCreated,
    "project_updated": event.ProjectUpdated,
    "project_deleted": event.ProjectDeleted,
    "quality_gate_updated": event.QualityGateUpdated,
    "quality_gate_changed": event.QualityGateChanged,
    "threshold_violated": event.ThresholdViolated,
    "issues_triaged": event.IssuesTriaged,
    "channel_disabled": event.ChannelDisabled,
    "circuit_breaker_changed": event.CircuitBreakerChanged,
}
"""The stored name of every type of event."""


class _StoredAnalysisFinished(msgspec.Struct):
    """`AnalysisFinished`: its analysis is no plain value, and is known to type checkers only."""

    analysis: AnalysisSnapshot


def _finished(text: str) -> AnalysisFinished:
    stored = msgspec.json.decode(text, type=_StoredAnalysisFinished)
    return AnalysisFinished(stored.analysis.restore())


def _decoder(what: type[Happening]) -> Callable[[str], Happening]:
    if what is AnalysisFinished:
        return _finished
    return cast("Callable[[str], Happening]", msgspec.json.Decoder(what).decode)


_names = {what: name for name, what in TYPES.items()}
_decoders = {name: _decoder(what) for name, what in TYPES.items()}
_encoder = msgspec.json.Encoder()


def encode(what: Happening) -> tuple[str, str]:
    """The type's stored name, and the JSON."""
    stored: object = what
    if isinstance(what, AnalysisFinished):
        stored = _StoredAnalysisFinished(AnalysisSnapshot.of(what.analysis))
    return _names[type(what)], _encoder.encode(stored).decode()


def decode(name: str, text: str) -> Happening:
    """The opposite of `encode`."""
    return _decoders[name](text)
