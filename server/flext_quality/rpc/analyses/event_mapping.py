"""Events of analyses to protobuf."""

from __future__ import annotations

from collections import OrderedDict
from functools import singledispatch
from typing import cast

from flext.quality.v1 import analysis_event_pb2 as pb
from flext.quality.v1 import analysis_pb2
from flext.quality.v1 import analysis_service_pb2 as service_pb
from flext_quality.application.analyses.watch_analysis import Heartbeat
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
from flext_quality.domain.events.catalog import AnyEvent
from flext_quality.rpc.analyses.mapping import analysis_to_proto, outcome_to_proto
from flext_quality.rpc.findings.mapping import finding_to_proto
from flext_quality.rpc.gates.mapping import gate_result_to_proto
from flext_quality.rpc.issues.mapping import issue_counts_to_proto
from flext_quality.rpc.metrics.score_mapping import score_to_proto
from flext_quality.rpc.values_mapping import severity_counts


def event_to_proto(event: AnyEvent) -> pb.AnalysisEvent:
    """The message of an analysis's event."""
    message = _kind(event.payload)
    message.sequence = event.sequence
    message.time.FromDatetime(event.time)
    return message


@singledispatch
def _kind(what: object) -> pb.AnalysisEvent:
    """An event message that holds only what happened."""
    raise TypeError(f"not an analysis's event: {what!r}")


@_kind.register
def _(what: AnalysisQueued) -> pb.AnalysisEvent:
    return pb.AnalysisEvent(analysis_queued=pb.AnalysisQueued(analyzers=what.analyzers))


@_kind.register
def _(what: AttemptStarted) -> pb.AnalysisEvent:
    return pb.AnalysisEvent(attempt_started=pb.AttemptStarted(attempt=what.attempt))


@_kind.register
def _(what: AttemptInterrupted) -> pb.AnalysisEvent:
    return pb.AnalysisEvent(
        attempt_interrupted=pb.AttemptInterrupted(attempt=what.attempt, message=what.message)
    )


@_kind.register
def _(what: SourcePrepared) -> pb.AnalysisEvent:
    return pb.AnalysisEvent(
        source_prepared=pb.SourcePrepared(
            file_count=what.file_count,
            lines_of_code=what.lines_of_code,
            byte_count=what.byte_count,
            skipped_file_count=what.skipped_file_count,
        )
    )


@_kind.register
def _(what: FilesSkipped) -> pb.AnalysisEvent:
    return pb.AnalysisEvent(
        files_skipped=pb.FilesSkipped(
            analyzer=what.analyzer,
            reason=cast("pb.SkipReason", what.reason),
            detail=what.detail,
            paths=what.paths,
        )
    )


@_kind.register
def _(what: ConfigurationIgnored) -> pb.AnalysisEvent:
    return pb.AnalysisEvent(
        configuration_ignored=pb.ConfigurationIgnored(
            analyzer=what.analyzer, path=what.path, option=what.option, message=what.message
        )
    )


@_kind.register
def _(what: AnalyzerStarted) -> pb.AnalysisEvent:
    return pb.AnalysisEvent(
        analyzer_started=pb.AnalyzerStarted(
            analyzer=what.analyzer,
            version=what.version,
            file_count=what.file_count,
            config_digest=what.config_digest,
        )
    )


@_kind.register
def _(what: AnalyzerProgressed) -> pb.AnalysisEvent:
    return pb.AnalysisEvent(
        analyzer_progressed=pb.AnalyzerProgressed(
            analyzer=what.analyzer, files_done=what.files_done, files_total=what.files_total
        )
    )


@_kind.register
def _(what: FindingsReported) -> pb.AnalysisEvent:
    return pb.AnalysisEvent(
        findings_reported=pb.FindingsReported(
            analyzer=what.analyzer,
            finding_count=what.finding_count,
            severity_counts=severity_counts(what.severity_counts),
            total_finding_count=what.total_finding_count,
            highlights=[finding_to_proto(finding) for finding in what.highlights],
        )
    )


@_kind.register
def _(what: AnalyzerFinished) -> pb.AnalysisEvent:
    return pb.AnalysisEvent(
        analyzer_finished=pb.AnalyzerFinished(outcome=outcome_to_proto(what.outcome))
    )


@_kind.register
def _(what: IssuesTracked) -> pb.AnalysisEvent:
    return pb.AnalysisEvent(
        issues_tracked=pb.IssuesTracked(
            counts=issue_counts_to_proto(what.counts),
            new_severity_counts=severity_counts(what.new_severity_counts),
            score=score_to_proto(what.score),
        )
    )


@_kind.register
def _(what: GateEvaluated) -> pb.AnalysisEvent:
    return pb.AnalysisEvent(
        gate_evaluated=pb.GateEvaluated(result=gate_result_to_proto(what.result))
    )


@_kind.register
def _(what: AnalysisFinished) -> pb.AnalysisEvent:
    return pb.AnalysisEvent(
        analysis_finished=pb.AnalysisFinished(analysis=analysis_to_proto(what.analysis))
    )


def heartbeat_to_proto(heartbeat: Heartbeat) -> service_pb.WatchAnalysisResponse:
    """The message of a heartbeat."""
    return service_pb.WatchAnalysisResponse(
        heartbeat=service_pb.Heartbeat(
            state=cast("analysis_pb2.AnalysisState", heartbeat.state),
            queue_position=heartbeat.queue_position,
            running_analyzers=heartbeat.running_analyzers,
        )
    )


class EventEncoder:
    """Encodes each event once, however many watchers it goes to.

    Keeps the last `capacity` encoded events: events never change once they are stored.
    """

    def __init__(self, capacity: int = 256) -> None:
        self._capacity = capacity
        self._encoded: OrderedDict[tuple[str, int], bytes] = OrderedDict()

    def encode(self, event: AnyEvent) -> bytes:
        """The bytes of the WatchAnalysisResponse that tells the event."""
        key = (event.subject, event.sequence)
        encoded = self._encoded.get(key)
        if encoded is None:
            response = service_pb.WatchAnalysisResponse(event=event_to_proto(event))
            encoded = self._encoded[key] = response.SerializeToString()
            if len(self._encoded) > self._capacity:
                self._encoded.popitem(last=False)
        return encoded
