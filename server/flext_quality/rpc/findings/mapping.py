"""Findings between the domain and protobuf."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from flext.quality.v1 import analysis_service_pb2, finding_pb2, severity_pb2
from flext_quality.domain.findings.finding import (
    Applicability,
    Category,
    Confidence,
    Edit,
    Finding,
    FindingFilter,
    Fix,
    Location,
    Severity,
)


def finding_to_proto(finding: Finding, *, with_fix: bool = True) -> finding_pb2.Finding:
    """The message of a finding."""
    fix = finding.fix if with_fix else None
    return finding_pb2.Finding(
        analyzer=finding.analyzer,
        rule=finding.rule,
        severity=cast("severity_pb2.Severity", finding.severity),
        message=finding.message,
        path=finding.path,
        line=finding.line,
        column=finding.column,
        end_line=finding.end_line,
        end_column=finding.end_column,
        cell=finding.cell,
        documentation_url=finding.documentation_url,
        confidence=cast("finding_pb2.Confidence", finding.confidence),
        fix=None if fix is None else _fix_to_proto(fix),
        category=cast("finding_pb2.Category", finding.category),
        related=[location_to_proto(location) for location in finding.related],
        line_hash=finding.line_hash,
    )


def finding_from_proto(message: finding_pb2.Finding) -> Finding:
    """The finding of a message."""
    return Finding(
        analyzer=message.analyzer,
        rule=message.rule,
        severity=Severity(message.severity),
        message=message.message,
        path=message.path,
        line=message.line,
        column=message.column,
        end_line=message.end_line,
        end_column=message.end_column,
        cell=message.cell,
        documentation_url=message.documentation_url,
        confidence=Confidence(message.confidence),
        fix=_fix_from_proto(message.fix) if message.HasField("fix") else None,
        category=Category(message.category),
        related=tuple(location_from_proto(location) for location in message.related),
        line_hash=message.line_hash,
    )


def location_to_proto(location: Location) -> finding_pb2.Location:
    """The message of another place."""
    return finding_pb2.Location(
        path=location.path,
        line=location.line,
        column=location.column,
        end_line=location.end_line,
        end_column=location.end_column,
        message=location.message,
    )


def location_from_proto(message: finding_pb2.Location) -> Location:
    """The other place of a message."""
    return Location(
        message.path,
        message.line,
        message.column,
        message.end_line,
        message.end_column,
        message.message,
    )


def filter_from_proto(message: analysis_service_pb2.FindingFilter) -> FindingFilter:
    """The filter of a message."""
    return FindingFilter(
        analyzers=frozenset(message.analyzers),
        severities=frozenset(Severity(severity) for severity in message.severities),
        rules=frozenset(message.rules),
        path_prefix=message.path_prefix,
        categories=frozenset(Category(category) for category in message.categories),
    )


class ProtobufFindingCodec:
    """The port `FindingCodec`: a batch is the bytes of a StreamFindingsResponse without its token."""

    def encode(self, findings: Sequence[Finding]) -> bytes:
        """The bytes of a batch."""
        return analysis_service_pb2.StreamFindingsResponse(
            findings=[finding_to_proto(finding) for finding in findings]
        ).SerializeToString()

    def decode(self, payload: bytes) -> list[Finding]:
        """The findings of a batch."""
        batch = analysis_service_pb2.StreamFindingsResponse.FromString(payload)
        return [finding_from_proto(message) for message in batch.findings]

    def parts(self, payload: bytes) -> list[bytes]:
        """The bytes of each finding."""
        batch = analysis_service_pb2.StreamFindingsResponse.FromString(payload)
        return [message.SerializeToString(deterministic=True) for message in batch.findings]


def _fix_to_proto(fix: Fix) -> finding_pb2.Fix:
    edits = [
        finding_pb2.Edit(
            start_line=edit.start_line,
            start_column=edit.start_column,
            end_line=edit.end_line,
            end_column=edit.end_column,
            content=edit.content,
        )
        for edit in fix.edits
    ]
    applicability = cast("finding_pb2.Applicability", fix.applicability)
    return finding_pb2.Fix(description=fix.description, applicability=applicability, edits=edits)


def _fix_from_proto(message: finding_pb2.Fix) -> Fix:
    edits = tuple(
        Edit(e.start_line, e.start_column, e.end_line, e.end_column, e.content)
        for e in message.edits
    )
    return Fix(message.description, Applicability(message.applicability), edits)
