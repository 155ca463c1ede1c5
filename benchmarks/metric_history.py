"""A database with the measures of many analyses of many projects, as recording them one by one makes it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flext_quality.domain.metrics.metric_keys import METRICS
from flext_quality.domain.metrics.time_series import (
    BUCKETED,
    Cell,
    Granularity,
    Moment,
    bucket_start,
    recorded,
)
from flext_quality.infrastructure.persistence.metrics.codec import pack_bucket, pack_measures
from flext_quality.infrastructure.persistence.migrate import upgrade

PROJECT_COUNT = 1000
END = datetime.now(UTC).replace(microsecond=0)
YEAR = timedelta(days=365)

_VARIANTS = 8
"""So many projects differ in every value; the others repeat them, but for their latest score."""

_BROKEN = ("score", "confidence", "_index", "_thousand_lines")
"""Ends of the keys of other metrics that are no whole numbers."""

Row = tuple[object, ...]


def project_id(number: int) -> str:
    """The id of one of the projects."""
    return f"project-{number:04}"


def make_database(data_dir: Path, analysis_count: int) -> Path:
    """A database in `data_dir` whose projects have so many analyses each, evenly over the last year."""
    path = data_dir / "quality.db"
    asyncio.run(upgrade(f"sqlite+aiosqlite:///{path}"))
    histories = [_History.of(variant, analysis_count) for variant in range(_VARIANTS)]
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        _insert(connection, "projects", _PROJECT_COLUMNS, _projects())
        for number in range(PROJECT_COUNT):
            history = histories[number % _VARIANTS]
            own = project_id(number)
            _insert(connection, "metric_points", _POINT_COLUMNS, _of(own, history.points))
            _insert(connection, "metric_buckets", _BUCKET_COLUMNS, _of(own, history.buckets))
            latest = history.latest(number)
            _insert(connection, "latest_metrics", _LATEST_COLUMNS, _of(own, [latest]))
        connection.execute("COMMIT")
    return path


_PROJECT_COLUMNS = (
    "project_id, display_name, local_path, created_at, updated_at, version, last_sequence"
)
_POINT_COLUMNS = "project_id, time, analysis_id, changed_at, revision, measures"
_BUCKET_COLUMNS = "project_id, granularity, start, last_time, last_analysis_id, measures"
_LATEST_COLUMNS = "project_id, analysis_id, time, changed_at, revision, measures"


@dataclass(frozen=True)
class _History:
    """The rows of one project, without its id."""

    points: list[Row]
    buckets: list[Row]
    moment: Moment
    measures: Mapping[str, float]

    @classmethod
    def of(cls, variant: int, count: int) -> _History:
        points: list[Row] = []
        buckets: dict[tuple[Granularity, datetime], dict[str, Cell]] = {}
        lasts: dict[tuple[Granularity, datetime], Moment] = {}
        at, measures = Moment(END, ""), {}
        for number in range(count):
            time = END - YEAR + YEAR * (number + 1) / count
            at, measures = Moment(time, f"{number:026}"), _measures(variant, number)
            text = _text(time)
            row = (text, at.analysis_id, text, number + 1, pack_measures(measures))
            points.append(row)
            for granularity in BUCKETED:
                key = (granularity, bucket_start(time, granularity))
                buckets[key] = recorded(buckets.get(key, {}), at, measures, None)
                lasts[key] = at
        rows: list[Row] = [
            (
                int(granularity),
                _text(start),
                _text(lasts[granularity, start].time),
                lasts[granularity, start].analysis_id,
                pack_bucket(bucket, lasts[granularity, start]),
            )
            for (granularity, start), bucket in buckets.items()
        ]
        return cls(points, rows, at, measures)

    def latest(self, number: int) -> Row:
        text = _text(self.moment.time)
        measures = {**self.measures, "score": 100 * number / PROJECT_COUNT}
        return (self.moment.analysis_id, text, text, len(self.points), pack_measures(measures))


def _measures(variant: int, number: int) -> dict[str, float]:
    """A value for every metric, that changes from analysis to analysis; shares are no whole numbers."""
    return {
        metric: (number * 7919 + place * 104_729 + variant) % 10_000 / 97
        if descriptor.unit == "%" or metric.endswith(_BROKEN)
        else float(100 * place + number + variant)
        for place, (metric, descriptor) in enumerate(METRICS.items())
    }


def _text(time: datetime) -> str:
    """As SQLAlchemy stores it."""
    return time.strftime("%Y-%m-%d %H:%M:%S.%f")


def _projects() -> Iterator[Row]:
    now = _text(END)
    for number in range(PROJECT_COUNT):
        own = project_id(number)
        yield own, own, f"/srv/{own}", now, now, 1, 0


def _of(own: str, rows: Iterable[Row]) -> Iterator[Row]:
    return ((own, *row) for row in rows)


def _insert(connection: sqlite3.Connection, table: str, columns: str, rows: Iterable[Row]) -> None:
    places = ", ".join("?" * len(columns.split(",")))
    # The names are this module's own.
    statement = f"INSERT INTO {table} ({columns}) VALUES ({places})"  # noqa: S608
    connection.executemany(statement, rows)
