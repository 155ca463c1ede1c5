"""Looks up the metrics that a caller names, and checks ranges of time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from flext_quality.domain.errors import UnknownMetricError, invalid_field
from flext_quality.domain.metrics.metric_keys import METRICS, MetricDescriptor, close_metric


def known_metrics(keys: Iterable[str]) -> list[MetricDescriptor]:
    """What the metrics with these keys are, in their order.

    Raises:
        UnknownMetricError: there is none of that key.
    """
    found = []
    for key in keys:
        if key not in METRICS:
            raise UnknownMetricError(key, close_metric(key))
        found.append(METRICS[key])
    return found


def check_range(start: datetime | None, end: datetime | None) -> None:
    """Does nothing if the times are in order, or one of them is not given.

    Raises:
        InvalidFieldError: they are not.
    """
    if start is not None and end is not None and start >= end:
        raise invalid_field("end_time", "must be after start_time")
