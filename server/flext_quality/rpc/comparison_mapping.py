"""What is different between two analyses, to protobuf."""

from __future__ import annotations

from typing import cast

from flext.quality.v1 import analysis_service_pb2 as pb
from flext_quality.application.compare_analyses import Comparison
from flext_quality.application.views import AnalysisView
from flext_quality.domain.comparison import ComparedIssue, IssueDifference
from flext_quality.rpc.analysis_mapping import view_to_proto
from flext_quality.rpc.issue_mapping import issue_to_proto


def comparison_to_proto(comparison: Comparison, next_page_token: str) -> pb.CompareAnalysesResponse:
    """The message of a comparison."""
    counts = comparison.counts
    return pb.CompareAnalysesResponse(
        base=view_to_proto(AnalysisView(comparison.base)),
        head=view_to_proto(AnalysisView(comparison.head)),
        new_count=counts[IssueDifference.NEW],
        fixed_count=counts[IssueDifference.FIXED],
        persisting_count=counts[IssueDifference.PERSISTING],
        moved_count=counts[IssueDifference.MOVED],
        metrics=[
            pb.ComparedMetric(metric=one.metric, base=one.base, head=one.head)
            for one in comparison.metrics
        ],
        issues=[_issue_to_proto(one) for one in comparison.issues.items],
        next_page_token=next_page_token,
    )


def _issue_to_proto(compared: ComparedIssue) -> pb.ComparedIssue:
    return pb.ComparedIssue(
        difference=cast("pb.IssueDifference", compared.difference),
        issue=issue_to_proto(compared.issue),
        base_path=compared.base_path,
        base_line=compared.base_line,
    )
