"""AnalysisService."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta

import grpc

from flext.quality.v1 import analysis_service_pb2 as pb
from flext.quality.v1 import analysis_service_pb2_grpc as pb_grpc
from flext_quality.application.analyses.cancel_analysis import CancelAnalysis
from flext_quality.application.analyses.compare_analyses import CompareAnalyses
from flext_quality.application.analyses.read_analyses import GetAnalysis, ListAnalyses
from flext_quality.application.analyses.start_analysis import StartAnalysis
from flext_quality.application.analyses.watch_analysis import Heartbeat, WatchAnalysis
from flext_quality.application.findings.read_findings import ListFindings, StreamFindings
from flext_quality.domain.analyses.analysis import AnalysisState
from flext_quality.domain.analyses.comparison import IssueDifference
from flext_quality.domain.errors import invalid_field
from flext_quality.domain.identifiers import AnalysisName, ProjectName
from flext_quality.rpc.analyses.encoded import AnalysisAnswers
from flext_quality.rpc.analyses.event_mapping import EventEncoder, heartbeat_to_proto
from flext_quality.rpc.analyses.mapping import (
    attachment_from_proto,
    comparison_to_proto,
    view_to_proto,
)
from flext_quality.rpc.findings.mapping import filter_from_proto, finding_to_proto
from flext_quality.rpc.page_tokens import make_token, read_token


@dataclass(frozen=True)
class AnalysisServicer(pb_grpc.AnalysisServiceServicer):
    """Decodes, calls the use case, encodes."""

    start_analysis: StartAnalysis
    get_analysis: GetAnalysis
    list_analyses: ListAnalyses
    watch_analysis: WatchAnalysis
    cancel_analysis: CancelAnalysis
    list_findings: ListFindings
    stream_findings: StreamFindings
    compare_analyses: CompareAnalyses
    encoder: EventEncoder = field(default_factory=EventEncoder)
    answers: AnalysisAnswers = field(default_factory=AnalysisAnswers)

    async def StartAnalysis(
        self,
        request: pb.StartAnalysisRequest,
        context: grpc.aio.ServicerContext[pb.StartAnalysisRequest, pb.StartAnalysisResponse],
    ) -> pb.StartAnalysisResponse:
        """See the contract."""
        view = await self.start_analysis(
            ProjectName.parse(request.parent, "parent"),
            analyzers=request.analyzers,
            request_id=request.request_id,
            branch=request.revision.branch,
            attachments=[attachment_from_proto(each) for each in request.attachments],
        )
        return pb.StartAnalysisResponse(analysis=view_to_proto(view))

    async def GetAnalysis(  # type: ignore[override]  # answers with encoded messages
        self,
        request: pb.GetAnalysisRequest,
        context: grpc.aio.ServicerContext[pb.GetAnalysisRequest, pb.GetAnalysisResponse],
    ) -> bytes:
        """See the contract."""
        return self.answers.encode(await self.get_analysis(AnalysisName.parse(request.name)))

    async def ListAnalyses(
        self,
        request: pb.ListAnalysesRequest,
        context: grpc.aio.ServicerContext[pb.ListAnalysesRequest, pb.ListAnalysesResponse],
    ) -> pb.ListAnalysesResponse:
        """See the contract."""
        page = await self.list_analyses(
            ProjectName.parse(request.parent, "parent"),
            page_size=request.page_size,
            cursor=read_token(request, "page_token"),
            states=[AnalysisState(state) for state in request.states],
        )
        return pb.ListAnalysesResponse(
            analyses=[view_to_proto(view) for view in page.items],
            next_page_token=make_token(request, page.next_cursor),
        )

    async def WatchAnalysis(  # type: ignore[override]  # answers with encoded messages
        self,
        request: pb.WatchAnalysisRequest,
        context: grpc.aio.ServicerContext[pb.WatchAnalysisRequest, pb.WatchAnalysisResponse],
    ) -> AsyncIterator[pb.WatchAnalysisResponse | bytes]:
        """See the contract."""
        await context.send_initial_metadata(())
        interval: timedelta | None = None
        if request.HasField("heartbeat_interval"):
            interval = request.heartbeat_interval.ToTimedelta()
        happenings = self.watch_analysis(
            AnalysisName.parse(request.name),
            after_sequence=request.after_sequence,
            heartbeat=interval,
        )
        async for happening in happenings:
            if isinstance(happening, Heartbeat):
                yield heartbeat_to_proto(happening)
            else:
                yield self.encoder.encode(happening)

    async def CancelAnalysis(
        self,
        request: pb.CancelAnalysisRequest,
        context: grpc.aio.ServicerContext[pb.CancelAnalysisRequest, pb.CancelAnalysisResponse],
    ) -> pb.CancelAnalysisResponse:
        """See the contract."""
        view = await self.cancel_analysis(AnalysisName.parse(request.name))
        return pb.CancelAnalysisResponse(analysis=view_to_proto(view))

    async def ListFindings(
        self,
        request: pb.ListFindingsRequest,
        context: grpc.aio.ServicerContext[pb.ListFindingsRequest, pb.ListFindingsResponse],
    ) -> pb.ListFindingsResponse:
        """See the contract."""
        page = await self.list_findings(
            AnalysisName.parse(request.parent, "parent"),
            wanted=filter_from_proto(request.filter),
            page_size=request.page_size,
            cursor=read_token(request, "page_token"),
        )
        return pb.ListFindingsResponse(
            findings=[finding_to_proto(finding) for finding in page.items],
            next_page_token=make_token(request, page.next_cursor),
        )

    async def StreamFindings(  # type: ignore[override]  # answers with encoded messages
        self,
        request: pb.StreamFindingsRequest,
        context: grpc.aio.ServicerContext[pb.StreamFindingsRequest, pb.StreamFindingsResponse],
    ) -> AsyncIterator[bytes]:
        """See the contract."""
        batches = self.stream_findings(
            AnalysisName.parse(request.parent, "parent"),
            wanted=filter_from_proto(request.filter),
            after=int(read_token(request, "resume_token") or 0),
        )
        async for batch in batches:
            token = make_token(request, str(batch.position))
            # Encoded messages of one type, put one after the other, are the message that has both's fields.
            tail = pb.StreamFindingsResponse(resume_token=token).SerializeToString()
            yield batch.payload + tail

    async def CompareAnalyses(
        self,
        request: pb.CompareAnalysesRequest,
        context: grpc.aio.ServicerContext[pb.CompareAnalysesRequest, pb.CompareAnalysesResponse],
    ) -> pb.CompareAnalysesResponse:
        """See the contract."""
        base, head = (
            AnalysisName.parse(request.base_analysis, "base_analysis"),
            AnalysisName.parse(request.head_analysis, "head_analysis"),
        )
        if base.project != head.project:
            raise invalid_field(
                "head_analysis", f"must be an analysis of {base.project}, as base_analysis is"
            )
        comparison = await self.compare_analyses(
            base,
            head,
            differences=[IssueDifference(difference) for difference in request.differences],
            page_size=request.page_size,
            cursor=read_token(request, "page_token"),
        )
        token = make_token(request, comparison.issues.next_cursor)
        return comparison_to_proto(comparison, token)
