"""The storage of measures: of files, and over time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.metrics.time_series import Bucket, Granularity, Moment
from flext_quality.domain.sources.measures import FileRecord, LineHashes


class SnapshotRepository(Protocol):
    """What was measured about files, and the hashes of their lines. Alike content is kept once."""

    async def put(self, project: ProjectName, records: Sequence[FileRecord]) -> str:
        """Keeps the records of all files of an analysis, unless they are there already; their digest."""
        ...

    async def get(self, project: ProjectName, digest: str) -> list[FileRecord] | None:
        """The records under `digest`, in the order of the paths; None if they expired."""
        ...

    async def put_lines(self, project: ProjectName, lines: Mapping[str, LineHashes]) -> None:
        """Keeps the line hashes of files by the SHA-256 of their content, unless they are there."""
        ...

    async def get_lines(
        self, project: ProjectName, contents: Collection[str]
    ) -> dict[str, LineHashes]:
        """The line hashes of those of the contents that are there, by SHA-256."""
        ...

    async def missing_lines(self, project: ProjectName, contents: Collection[str]) -> set[str]:
        """Those of the contents whose line hashes are not kept."""
        ...


@dataclass(frozen=True, slots=True)
class MetricPoint:
    """The measures of one analysis, by metric key. What was not measured is absent."""

    at: Moment
    measures: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class MetricBucket:
    """The measures of the analyses that ended in one stretch of time, put together by metric key."""

    start: datetime
    cells: Bucket


@dataclass(frozen=True, slots=True)
class MetricUpdate:
    """A point as it became known.

    Attributes:
        changed_at: when its measures became what they are.
        revision: counts what was recorded of the project, from 1; this is the last time for the point.
    """

    point: MetricPoint
    changed_at: datetime
    revision: int


class MetricRepository(Protocol):
    """The measures of projects' main lines over time."""

    async def record(
        self,
        project: ProjectName,
        analysis_id: str,
        time: datetime,
        measures: Mapping[str, float],
        *,
        changed_at: datetime | None = None,
    ) -> None:
        """Keeps the measures of an analysis that ended at `time`.

        They are stored as a point, added to the buckets of every granularity, and become the project's
        latest measures unless a later analysis has some.

        Recording the same analysis with the same time again replaces its measures. That works as long as
        the analysis has its point, which the latest one always has. The least and the greatest value of a
        bucket may then stay what they were before; everything else is exact. Equal measures change nothing.

        `changed_at` is when the measures became so; None: at `time`. Writes a constant number of rows, and
        makes others who record for the project wait until the unit of work ends.
        """
        ...

    def points(
        self, project: ProjectName, *, start: datetime | None = None, end: datetime | None = None
    ) -> AsyncIterator[MetricPoint]:
        """The points from `start` up to, not including, `end`, oldest first; some at a time in memory."""
        ...

    def buckets(
        self,
        project: ProjectName,
        granularity: Granularity,
        metrics: Collection[str],
        *,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> AsyncIterator[MetricBucket]:
        """The buckets that begin from `start` up to, not including, `end`, oldest first, with these metrics.

        Their cost does not depend on how many analyses are in them.
        """
        ...

    async def latest(self, project: ProjectName) -> MetricUpdate | None:
        """The point of the project's latest analysis, with the project's last revision; None without one."""
        ...

    async def revision(self, project: ProjectName) -> int:
        """The project's last revision; 0 if nothing was ever recorded."""
        ...

    async def updates(self, project: ProjectName, *, after: int, limit: int) -> list[MetricUpdate]:
        """At most `limit` points whose revision is greater than `after`, in the order of revisions."""
        ...

    async def latest_values(
        self, metric: str, projects: Collection[ProjectName] | None = None
    ) -> dict[ProjectName, float | None]:
        """The metric's value in the latest point of each project that exists, of all or of the named.

        None where there is no point, or the metric was not measured.
        """
        ...

    def latest_of_all(
        self, metrics: Collection[str]
    ) -> AsyncIterator[tuple[ProjectName, Mapping[str, float]]]:
        """Of each project that has a latest point, these metrics as far as they were measured.

        In the order of creation, oldest first; some at a time in memory.
        """
        ...

    async def detailed(
        self, project: ProjectName, *, start: datetime | None = None, end: datetime | None = None
    ) -> list[AnalysisDetails]:
        """The main line's analyses that ended from `start` up to `end` and have details, oldest first."""
        ...


@dataclass(frozen=True, slots=True)
class AnalysisDetails:
    """An analysis that still has the records of its files: `snapshot` is the digest that leads to them."""

    branch: str
    at: Moment
    snapshot: str


class RetentionRepository(Protocol):
    """What of a project may go after a time. Every method may be called twice with the same effect."""

    async def moments(self, project: ProjectName) -> list[Moment]:
        """The places in time of the project's points, in order."""
        ...

    async def remove_points(self, project: ProjectName, moments: Collection[Moment]) -> int:
        """Removes points, never the project's latest; buckets keep what they know. How many."""
        ...

    async def oldest_bucket(
        self, project: ProjectName, granularity: Granularity
    ) -> datetime | None:
        """Where the oldest bucket begins; None without one."""
        ...

    async def remove_buckets(
        self, project: ProjectName, granularity: Granularity, before: datetime, *, limit: int
    ) -> int:
        """Removes at most `limit` buckets that begin before a time, oldest first. How many."""
        ...

    async def details(self, project: ProjectName) -> list[AnalysisDetails]:
        """The project's analyses that have details, by branch and then in the order of time."""
        ...

    async def forget_details(self, project: ProjectName, analysis_ids: Collection[str]) -> int:
        """Makes analyses forget their snapshots. How many did."""
        ...

    async def lock(self, project: ProjectName) -> bool:
        """Keeps others from recording until the unit of work ends; False if the project is gone."""
        ...

    async def snapshots(self, project: ProjectName) -> dict[str, bool]:
        """The digests of all snapshots that are kept, and whether any analysis has each."""
        ...

    async def remove_snapshots(self, project: ProjectName, digests: Collection[str]) -> int:
        """Removes those of the snapshots that no analysis has. How many."""
        ...

    async def remove_lines(self, project: ProjectName, contents: Collection[str]) -> int:
        """Removes the line hashes of contents, by SHA-256. How many."""
        ...
