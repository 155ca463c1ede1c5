"""Where the watch of a project's metrics stands."""

from __future__ import annotations

from collections.abc import Iterable

from flext.quality.v1.metrics_service_pb2 import (
    MetricsSnapshot,
    WatchMetricsRequest,
    WatchMetricsResponse,
)
from flext_quality_client.calls.cursors import heartbeat_interval, tell
from flext_quality_client.errors import QualityError
from flext_quality_client.options import WatchOptions


class MetricsCursor:
    """A place in the metrics of a project's branch: what was known last."""

    # There is no last one.
    done = False

    def __init__(
        self, project: str, metrics: Iterable[str], branch: str, options: WatchOptions
    ) -> None:
        self.request = WatchMetricsRequest(
            parent=project,
            metrics=metrics,
            branch=branch,
            heartbeat_interval=heartbeat_interval(options),
        )
        self._options = options
        self._last: MetricsSnapshot | None = None

    def take(self, response: WatchMetricsResponse) -> Iterable[MetricsSnapshot]:
        """The metrics, unless they say once more what the last ones said, as the first after a break may."""
        match response.WhichOneof("kind"):
            case "heartbeat":
                tell(self._options.on_heartbeat, response.heartbeat)
            case "snapshot" if response.snapshot != self._last:
                self._last = response.snapshot
                return (response.snapshot,)
        return ()

    def interrupted(self, error: QualityError) -> None:
        """Tells the watcher."""
        tell(self._options.on_interruption, error)
