"""A fresh analysis that is being followed."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable
from contextlib import aclosing

from flext.quality.v1.analysis_event_pb2 import AnalysisEvent
from flext.quality.v1.analysis_pb2 import Analysis
from flext.quality.v1.analysis_service_pb2 import Attachment, FindingFilter
from flext.quality.v1.finding_pb2 import Finding
from flext.quality.v1.revision_pb2 import Revision
from flext_quality_client._async.analyses import AsyncAnalyses
from flext_quality_client._async.projects import AsyncProjects
from flext_quality_client._async.wire import Stream
from flext_quality_client.options import WatchOptions


class AsyncAnalysisRun:
    """A fresh analysis: what was asked for, and how far it was followed.

    Iterating starts it and gives its events; iterating again goes on after them.
    """

    def __init__(
        self,
        projects: AsyncProjects,
        analyses: AsyncAnalyses,
        path: str | os.PathLike[str],
        analyzers: Iterable[str],
        *,
        attachments: Iterable[Attachment],
        revision: Revision | None,
        options: WatchOptions,
    ) -> None:
        self.path = path
        self.analyzers = tuple(analyzers)
        self._projects = projects
        self._analyses = analyses
        self._attachments = tuple(attachments)
        self._revision = revision
        self._options = options
        # Made once, so that starting again after a failed call cannot start a second analysis.
        self._request_id = str(uuid.uuid4())
        self._analysis: Analysis | None = None
        self._after_sequence = 0
        self._ended = False

    @property
    def analysis(self) -> Analysis:
        """The analysis: as it was started and, after its last event, in its final state.

        Raises:
            RuntimeError: it has not been started.
        """
        if self._analysis is None:
            raise RuntimeError(
                "the analysis has not been started: iterate over it, or call start()"
            )
        return self._analysis

    @property
    def name(self) -> str:
        """The analysis's name, "projects/{project}/analyses/{analysis}".

        Raises:
            RuntimeError: it has not been started.
        """
        return self.analysis.name

    @property
    def project(self) -> str:
        """The name of the project of the path, "projects/{project}".

        Raises:
            RuntimeError: the analysis has not been started.
        """
        return self.name.partition("/analyses/")[0]

    async def start(self) -> Analysis:
        """Starts the analysis unless it was started before."""
        if self._analysis is None:
            project = await self._projects.of_path(self.path)
            self._analysis = await self._analyses.start(
                project.name,
                self.analyzers,
                request_id=self._request_id,
                attachments=self._attachments,
                revision=self._revision,
            )
        return self._analysis

    async def __aiter__(self) -> Stream[AnalysisEvent]:
        analysis = await self.start()
        if self._ended:
            return
        events = self._analyses.watch(analysis.name, self._after_sequence, options=self._options)
        async with aclosing(events):
            async for event in events:
                self._after_sequence = event.sequence
                if event.WhichOneof("kind") == "analysis_finished":
                    self._analysis = event.analysis_finished.analysis
                    self._ended = True
                yield event

    async def wait(self) -> Analysis:
        """Follows the analysis to its end, and gives it in its final state."""
        async for _ in self:
            pass
        return self.analysis

    def findings(self, wanted: FindingFilter | None = None) -> Stream[Finding]:
        """Its findings so far, and all of them after its end."""
        return self._analyses.findings(self.name, wanted)

    async def cancel(self) -> Analysis:
        """Ends it and kills its tools."""
        return await self._analyses.cancel(self.name)
