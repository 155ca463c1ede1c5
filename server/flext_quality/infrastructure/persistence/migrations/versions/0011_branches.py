"""Revisions of analyses, what projects say about themselves, and metrics over time of every branch.

Branches had no metrics over time before: they are made of what their analyses that are still there measured.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa
from alembic import op

from flext_quality.domain.metrics.time_series import (
    BUCKETED,
    Cell,
    Granularity,
    Moment,
    bucket_start,
    recorded,
)
from flext_quality.infrastructure.persistence.column_types import UtcDateTime
from flext_quality.infrastructure.persistence.metrics.codec import pack_bucket, pack_measures

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_KEYS = {
    "metric_points": ["project_id", "time", "analysis_id"],
    "metric_buckets": ["project_id", "granularity", "start"],
    "latest_metrics": ["project_id"],
}
"""The primary keys of the tables of metrics before a branch came second in them."""

_COLUMNS = (
    ("projects", "description", False),
    ("projects", "owner", False),
    ("projects", "labels", True),
    ("projects", "repository_url", False),
    ("analyses", "revision", True),
)
"""New columns of text, and whether they may be NULL instead of empty."""


def _text(length: int | None = None) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    for table, name, nullable in _COLUMNS:
        default = None if nullable else ""
        op.add_column(table, sa.Column(name, sa.Text(), nullable=nullable, server_default=default))
    for name, length in (("commit_id", 64), ("pull_request", 200)):
        column = sa.Column(name, _text(length), nullable=False, server_default="")
        op.add_column("analyses", column)
        op.create_index(f"ix_analyses_project_id_{name}", "analyses", ["project_id", name])
    op.create_index(
        "ix_analyses_project_id_branch_analysis_id",
        "analyses",
        ["project_id", "branch", "analysis_id"],
    )
    op.create_index(
        "ix_finding_batches_project_id_source_analysis_id",
        "finding_batches",
        ["project_id", "source_analysis_id"],
    )
    op.drop_index("ix_issues_project_id_issue_id", "issues")
    op.create_index(
        "ix_issues_project_id_issue_id_branch", "issues", ["project_id", "issue_id", "branch"]
    )
    op.create_table(
        "removed_analyses",
        sa.Column("project_id", _text(63), nullable=False),
        sa.Column("branch", _text(200), nullable=False),
        sa.Column("branch_sequence", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("analysis_id", _text(26), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.project_id"], name="fk_removed_analyses_projects"
        ),
        sa.PrimaryKeyConstraint(
            "project_id", "branch", "branch_sequence", name="pk_removed_analyses"
        ),
    )
    _add_branch_to_metrics()
    for project_id, branch in _branches():
        _record(project_id, branch)


def _add_branch_to_metrics() -> None:
    op.drop_index("ix_metric_points_project_id_revision", "metric_points")
    # SQLite makes such tables anew, which lets the column stand among the key.
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for table, key in _KEYS.items():
        with op.batch_alter_table(table, recreate="always" if is_sqlite else "never") as batch:
            batch.add_column(
                sa.Column("branch", _text(200), nullable=False, server_default=""),
                insert_after="project_id" if is_sqlite else None,
            )
            batch.drop_constraint(f"pk_{table}", type_="primary")
            batch.create_primary_key(f"pk_{table}", ["project_id", "branch", *key[1:]])
    op.create_index(
        "ix_metric_points_project_id_branch_revision",
        "metric_points",
        ["project_id", "branch", "revision"],
    )
    op.create_index(
        "ix_metric_buckets_project_id_granularity_start_branch",
        "metric_buckets",
        ["project_id", "granularity", "start", "branch"],
    )


# --- the metrics of branches ------------------------------------------------------------------------

_analyses = sa.table(
    "analyses",
    *map(sa.column, ("project_id", "branch", "branch_sequence", "analysis_id", "knowledge")),
    sa.column("ended_at", UtcDateTime()),
)
_IS_OF_BRANCH = sa.and_(
    _analyses.c.branch != "",
    _analyses.c.branch_sequence.is_not(None),
    _analyses.c.knowledge.is_not(None),
    _analyses.c.ended_at.is_not(None),
)


def _metrics_table(name: str, *columns: str, times: tuple[str, ...]) -> sa.TableClause:
    return sa.table(
        name,
        *map(sa.column, ("project_id", "branch", *columns)),
        sa.column("measures", sa.LargeBinary()),
        *(sa.column(time, UtcDateTime()) for time in times),
    )


_points = _metrics_table("metric_points", "analysis_id", "revision", times=("time", "changed_at"))
_latest = _metrics_table("latest_metrics", "analysis_id", "revision", times=("time", "changed_at"))
_buckets = _metrics_table(
    "metric_buckets", "granularity", "last_analysis_id", times=("start", "last_time")
)


def _branches() -> list[tuple[str, str]]:
    columns = (_analyses.c.project_id, _analyses.c.branch)
    found = op.get_bind().execute(sa.select(*columns).where(_IS_OF_BRANCH).distinct())
    return [(project_id, branch) for project_id, branch in found]


def _measured(project_id: str, branch: str) -> Iterator[tuple[Moment, dict[str, float]]]:
    statement = (
        sa.select(_analyses.c.ended_at, _analyses.c.analysis_id, _analyses.c.knowledge)
        .where(_IS_OF_BRANCH, _analyses.c.project_id == project_id, _analyses.c.branch == branch)
        .order_by(_analyses.c.ended_at, _analyses.c.analysis_id)
    )
    for ended_at, analysis_id, text in op.get_bind().execute(statement).all():
        known = json.loads(text)
        measures = {**known.get("measures", {}), **known.get("new_code_measures", {})}
        yield Moment(ended_at, analysis_id), measures


def _record(project_id: str, branch: str) -> None:
    """Keeps what the analyses of a branch measured as if it had been recorded when they ended."""
    connection, own = op.get_bind(), {"project_id": project_id, "branch": branch}
    buckets: dict[tuple[Granularity, datetime], tuple[dict[str, Cell], Moment]] = {}
    point: dict[str, object] = {}
    for number, (at, measures) in enumerate(_measured(project_id, branch), 1):
        point = {
            **own,
            "time": at.time,
            "analysis_id": at.analysis_id,
            "changed_at": at.time,
            "revision": number,
            "measures": pack_measures(measures),
        }
        connection.execute(_points.insert(), point)
        for granularity in BUCKETED:
            key = granularity, bucket_start(at.time, granularity)
            cells, _ = buckets.get(key, ({}, at))
            buckets[key] = recorded(cells, at, measures, None), at
    connection.execute(_latest.insert(), point)
    for (granularity, start), (cells, last) in buckets.items():
        row = {
            **own,
            "granularity": int(granularity),
            "start": start,
            "last_time": last.time,
            "last_analysis_id": last.analysis_id,
            "measures": pack_bucket(cells, last),
        }
        connection.execute(_buckets.insert(), row)


def downgrade() -> None:
    op.drop_index("ix_metric_buckets_project_id_granularity_start_branch", "metric_buckets")
    op.drop_index("ix_metric_points_project_id_branch_revision", "metric_points")
    for table, key in _KEYS.items():
        op.execute(sa.table(table, sa.column("branch")).delete().where(sa.column("branch") != ""))
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(f"pk_{table}", type_="primary")
            batch.drop_column("branch")
            batch.create_primary_key(f"pk_{table}", key)
    op.create_index(
        "ix_metric_points_project_id_revision", "metric_points", ["project_id", "revision"]
    )
    op.drop_table("removed_analyses")
    op.drop_index("ix_issues_project_id_issue_id_branch", "issues")
    op.create_index("ix_issues_project_id_issue_id", "issues", ["project_id", "issue_id"])
    op.drop_index("ix_finding_batches_project_id_source_analysis_id", "finding_batches")
    op.drop_index("ix_analyses_project_id_branch_analysis_id", "analyses")
    for name in ("pull_request", "commit_id"):
        op.drop_index(f"ix_analyses_project_id_{name}", "analyses")
        op.drop_column("analyses", name)
    for table, name, _ in reversed(_COLUMNS):
        op.drop_column(table, name)
