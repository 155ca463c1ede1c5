"""Where the watch of a project's metrics stands."""

from __future__ import annotations

from collections.abc import Iterable

from flext.quality.v1.metrics_service_pb2 import WatchMetricsRequest, WatchMetricsResponse
from flext_quality_client.calls.cursors import tell
from flext_quality_client.errors import QualityError
from flext_quality_client.options import WatchOptions


class MetricsCursor:
    """A place in a project's metrics: what was known last."""

    # There is no last one.
    done = False

    def __init__(self, project: str, metrics: Iterable[str], options: WatchOptions) -> None:
        self.request = WatchMetricsRequest(project=project, metrics=metrics)
        self._options = options
        self._last: WatchMetricsResponse | None = None

    def take(self, response: WatchMetricsResponse) -> Iterable[WatchMetricsResponse]:
        """The message, unless it says once more what the last one said, as the first after a break may."""
        if response == self._last:
            return ()
        self._last = response
        return (response,)

    def interrupted(self, error: QualityError) -> None:
        """Tells the watcher."""
        tell(self._options.on_interruption, error)
