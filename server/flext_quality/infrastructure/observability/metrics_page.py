"""What Prometheus scrapes. Imported by who has it served only."""

from __future__ import annotations

import asyncio

import structlog
from prometheus_client.exposition import choose_encoder

from flext_quality.application.finished_analyses import FinishedAnalyses
from flext_quality.application.jobs.observe_projects import ObserveProjects
from flext_quality.domain.errors import StorageUnavailableError
from flext_quality.infrastructure.http.server import Request, Response
from flext_quality.infrastructure.observability.instruments import PrometheusInstruments
from flext_quality.infrastructure.observability.project_series import ProjectSeries

METRICS = "/metrics"
FINISHED_ANALYSES = "finished_analyses"
"""The name of the cache in the metrics."""

_log = structlog.get_logger(__name__)


class MetricsPage:
    """`/metrics`, in the OpenMetrics format (with exemplars) for who accepts it, else in the text format."""

    def __init__(
        self,
        instruments: PrometheusInstruments,
        projects: ObserveProjects,
        finished: FinishedAnalyses,
    ) -> None:
        self._instruments = instruments
        self._projects = projects
        self._finished = finished
        self._counted = (0, 0)
        self._series = ProjectSeries()
        instruments.registry.register(self._series)

    async def __call__(self, request: Request) -> Response:
        """The page. While the database is away, it lacks what comes from there."""
        try:
            self._series.figures = await self._projects()
            self._instruments.issues.settle(self._series.figures)
        except StorageUnavailableError:
            self._series.figures = None
            await _log.awarning("no figures of projects, the database is away")
        self._count_finished()
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        # In a thread, as it is some milliseconds of work in which no call would be answered.
        return Response(await asyncio.to_thread(encode, self._instruments.registry), content_type)

    def _count_finished(self) -> None:
        hits, misses = self._finished.hits, self._finished.misses
        self._instruments.looked_up(
            FINISHED_ANALYSES, hits=hits - self._counted[0], misses=misses - self._counted[1]
        )
        self._counted = (hits, misses)
