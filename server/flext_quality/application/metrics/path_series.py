"""The metrics of one file or directory over time, from the analyses that still have details."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from flext_quality.application.ports.storage import UnitOfWork
from flext_quality.domain.errors import invalid_field
from flext_quality.domain.findings.finding import Severity
from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.metrics.measuring import totals_of
from flext_quality.domain.metrics.metric_keys import (
    CATEGORIES,
    MetricDescriptor,
    category_key,
    score_key,
    severity_key,
)
from flext_quality.domain.metrics.time_series import Moment
from flext_quality.domain.sources.measures import FileRecord

_OF_ISSUES = frozenset(
    {
        *("issues", "issues_per_thousand_lines", "technical_debt", "debt_ratio"),
        *("score", "confidence"),
        *map(severity_key, Severity),
        *map(category_key, CATEGORIES),
        *map(score_key, CATEGORIES),
    }
)
"""Files have these too, but what is kept of each analysis's files does not tell of issues."""


def check_for_paths(descriptors: Iterable[MetricDescriptor]) -> None:
    """Does nothing if a file or directory has all of these metrics over time.

    Raises:
        InvalidFieldError: one of them is known of whole projects only.
    """
    for one in descriptors:
        if not one.for_paths or one.key in _OF_ISSUES:
            raise invalid_field(
                "metrics", f"{one.key} is kept over time of whole projects only; leave path empty"
            )


async def values_of_path(
    uow: UnitOfWork,
    project: ProjectName,
    path: str,
    *,
    start: datetime | None,
    end: datetime | None,
) -> list[tuple[Moment, Mapping[str, float]]]:
    """The path's metrics in each analysis of the main line that has details and knew it, oldest first."""
    found: list[tuple[Moment, Mapping[str, float]]] = []
    # Analyses of the same code share a snapshot.
    by_digest: dict[str, Mapping[str, float]] = {}
    for details in await uow.metrics.detailed(project, start=start, end=end):
        if details.snapshot not in by_digest:
            records = await uow.snapshots.get(project, details.snapshot)
            by_digest[details.snapshot] = _values(records or (), path)
        if values := by_digest[details.snapshot]:
            found.append((details.at, values))
    return found


def _values(records: Sequence[FileRecord], path: str) -> Mapping[str, float]:
    below = f"{path}/"
    wanted = [one for one in records if one.path == path or one.path.startswith(below)]
    return totals_of(wanted, ()).values(None) if wanted else {}
