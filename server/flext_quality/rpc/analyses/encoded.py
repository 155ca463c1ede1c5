"""Encodes analyses that many ask for once."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from flext.quality.v1 import analysis_service_pb2 as pb
from flext_quality.application.finished_analyses import AnalysisView
from flext_quality.domain.analyses.analysis import Analysis
from flext_quality.domain.identifiers import AnalysisName
from flext_quality.rpc.analyses.mapping import view_to_proto


@dataclass
class AnalysisAnswers:
    """The answers about finished analyses, for as long as the very same object is asked about.

    The use case keeps such objects for a while (`FinishedAnalyses`) and drops them when they change.
    """

    capacity: int = 256
    _kept: OrderedDict[AnalysisName, tuple[Analysis, bytes]] = field(default_factory=OrderedDict)

    def encode(self, view: AnalysisView) -> bytes:
        """The bytes of a GetAnalysisResponse."""
        analysis = view.analysis
        kept = self._kept.get(analysis.name)
        if kept is not None and kept[0] is analysis:
            return kept[1]
        answer = pb.GetAnalysisResponse(analysis=view_to_proto(view)).SerializeToString()
        if analysis.state.is_final:
            self._kept[analysis.name] = (analysis, answer)
            self._kept.move_to_end(analysis.name)
            if len(self._kept) > self.capacity:
                self._kept.popitem(last=False)
        return answer
