"""Which findings are wanted, and where a stream of them stands."""

from __future__ import annotations

from collections.abc import Iterable

from flext.quality.v1.analysis_service_pb2 import (
    FindingFilter,
    StreamFindingsRequest,
    StreamFindingsResponse,
)
from flext.quality.v1.finding_pb2 import Finding
from flext.quality.v1.severity_pb2 import Severity
from flext_quality_client.errors import QualityError


def finding_filter(
    *,
    analyzers: Iterable[str] = (),
    severities: Iterable[Severity] = (),
    rules: Iterable[str] = (),
    path_prefix: str = "",
) -> FindingFilter:
    """Which findings are wanted: those that everything given here lets pass."""
    return FindingFilter(
        analyzers=analyzers, severities=severities, rules=rules, path_prefix=path_prefix
    )


class FindingCursor:
    """A place in an analysis's findings, which come in batches with a token each.

    Attributes:
        request: asks for the batches after the last one.
    """

    # The end of the stream is all that tells the last batch.
    done = False

    def __init__(self, analysis: str, wanted: FindingFilter | None) -> None:
        self.request = StreamFindingsRequest(parent=analysis, filter=wanted)

    def take(self, response: StreamFindingsResponse) -> Iterable[Finding]:
        """The batch's findings."""
        self.request.resume_token = response.resume_token
        return response.findings

    def interrupted(self, error: QualityError) -> None:
        """Nobody asked to be told."""
