"""What is common to a fresh analysis that is being followed, with or without asyncio."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable

from flext.quality.v1.analysis_event_pb2 import AnalysisEvent
from flext.quality.v1.analysis_pb2 import Analysis
from flext.quality.v1.analysis_service_pb2 import Attachment
from flext_quality_client.options import WatchOptions


class Run:
    """A fresh analysis: what was asked for, and how far it was followed."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        analyzers: Iterable[str],
        attachments: Iterable[Attachment],
        branch: str,
        options: WatchOptions,
    ) -> None:
        self.path = path
        self.analyzers = tuple(analyzers)
        self._attachments = tuple(attachments)
        self._branch = branch
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

    def _saw(self, event: AnalysisEvent) -> None:
        self._after_sequence = event.sequence
        if event.WhichOneof("kind") == "analysis_finished":
            self._analysis = event.analysis_finished.analysis
            self._ended = True
