"""Issues, gates, measures over time, attachments. What the version before stores stays valid."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _text(length: int | None = None) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def _time() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def _of_project(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("project_id", _text(63), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.project_id"], name=f"fk_{table}_projects"
        ),
    ]


def _of_analysis(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("project_id", _text(63), nullable=False),
        sa.Column("analysis_id", _text(26), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "analysis_id"],
            ["analyses.project_id", "analyses.analysis_id"],
            name=f"fk_{table}_analyses",
        ),
    ]


def _place() -> list[sa.Column[object]]:
    return [
        sa.Column("path", _text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("rung", sa.SmallInteger(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
    ]


def upgrade() -> None:
    _extend()
    _attachments()
    _issues()
    _snapshots()
    _metrics()


def _extend() -> None:
    op.add_column("projects", sa.Column("thresholds", sa.Text()))
    op.add_column("projects", sa.Column("gate", sa.Text()))
    op.add_column(
        "projects", sa.Column("gate_version", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("analyses", sa.Column("branch", _text(200), nullable=False, server_default=""))
    op.add_column("analyses", sa.Column("branch_sequence", sa.Integer()))
    op.add_column("analyses", sa.Column("knowledge", sa.Text()))
    op.add_column("analyses", sa.Column("snapshot", _text(64), nullable=False, server_default=""))
    op.create_index(
        "ix_analyses_project_id_branch_branch_sequence",
        "analyses",
        ["project_id", "branch", "branch_sequence"],
    )
    op.create_index("ix_analyses_project_id_snapshot", "analyses", ["project_id", "snapshot"])
    op.add_column("finding_batches", sa.Column("source_analysis_id", _text(26)))
    op.add_column(
        "finding_batches",
        sa.Column("batch_count", sa.Integer(), nullable=False, server_default="1"),
    )


def _attachments() -> None:
    op.create_table(
        "attachments",
        *_of_analysis("attachments"),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "analysis_id", "position", name="pk_attachments"),
    )


def _issues() -> None:
    op.create_table(
        "issues",
        *_of_project("issues"),
        sa.Column("branch", _text(200), nullable=False),
        sa.Column("issue_id", _text(26), nullable=False),
        *_place(),
        sa.Column("analyzer", _text(), nullable=False),
        sa.Column("rule", _text(), nullable=False),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("category", sa.SmallInteger(), nullable=False),
        sa.Column("column", sa.Integer(), nullable=False),
        sa.Column("line_hash", sa.BigInteger(), nullable=False),
        sa.Column("message_hash", sa.BigInteger(), nullable=False),
        sa.Column("details_hash", sa.BigInteger(), nullable=False),
        sa.Column("effort_minutes", sa.Integer(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("origin", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", _time(), nullable=False),
        sa.Column("status_at", _time(), nullable=False),
        sa.Column("expires_at", _time()),
        sa.Column("appeared", sa.Integer(), nullable=False),
        sa.Column("seen_from", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "branch", "issue_id", name="pk_issues"),
    )
    op.create_index(
        "ix_issues_project_id_branch_status_severity",
        "issues",
        ["project_id", "branch", "status", "severity"],
    )
    op.create_index("ix_issues_project_id_branch_path", "issues", ["project_id", "branch", "path"])
    op.create_index(
        "ix_issues_project_id_branch_created_at_issue_id",
        "issues",
        ["project_id", "branch", "created_at", "issue_id"],
    )
    op.create_index("ix_issues_project_id_issue_id", "issues", ["project_id", "issue_id"])
    op.create_index("ix_issues_expires_at", "issues", ["expires_at"])
    op.create_table(
        "sightings",
        *_of_project("sightings"),
        sa.Column("branch", _text(200), nullable=False),
        sa.Column("issue_id", _text(26), nullable=False),
        sa.Column("seen_from", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("seen_until", sa.Integer(), nullable=False),
        sa.Column("is_end", sa.Boolean(), nullable=False),
        *_place(),
        sa.PrimaryKeyConstraint(
            "project_id", "branch", "issue_id", "seen_from", name="pk_sightings"
        ),
    )
    op.create_index(
        "ix_sightings_project_id_branch_seen_until",
        "sightings",
        ["project_id", "branch", "seen_until"],
    )
    op.create_table(
        "decisions",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            primary_key=True,
            autoincrement=True,
        ),
        *_of_project("decisions"),
        sa.Column("issue_id", _text(26), nullable=False),
        sa.Column("time", _time(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("expires_at", _time()),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_decisions_project_id_issue_id_id", "decisions", ["project_id", "issue_id", "id"]
    )


def _snapshots() -> None:
    op.create_table(
        "snapshots",
        *_of_project("snapshots"),
        sa.Column("digest", _text(64), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "digest", name="pk_snapshots"),
    )
    op.create_table(
        "file_lines",
        *_of_project("file_lines"),
        sa.Column("sha256", _text(64), nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "sha256", name="pk_file_lines"),
    )


def _metrics() -> None:
    op.create_table(
        "metric_points",
        *_of_project("metric_points"),
        sa.Column("time", _time(), nullable=False),
        sa.Column("analysis_id", _text(26), nullable=False),
        sa.Column("changed_at", _time(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("measures", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "time", "analysis_id", name="pk_metric_points"),
    )
    op.create_index(
        "ix_metric_points_project_id_revision", "metric_points", ["project_id", "revision"]
    )
    op.create_table(
        "metric_buckets",
        *_of_project("metric_buckets"),
        sa.Column("granularity", sa.SmallInteger(), nullable=False, autoincrement=False),
        sa.Column("start", _time(), nullable=False),
        sa.Column("last_time", _time(), nullable=False),
        sa.Column("last_analysis_id", _text(26), nullable=False),
        sa.Column("measures", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "granularity", "start", name="pk_metric_buckets"),
    )
    op.create_table(
        "latest_metrics",
        *_of_project("latest_metrics"),
        sa.Column("analysis_id", _text(26), nullable=False),
        sa.Column("time", _time(), nullable=False),
        sa.Column("changed_at", _time(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("measures", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", name="pk_latest_metrics"),
    )


def downgrade() -> None:
    for table in (
        *("latest_metrics", "metric_buckets", "metric_points", "file_lines", "snapshots"),
        *("decisions", "sightings", "issues", "attachments"),
    ):
        op.drop_table(table)
    op.drop_index("ix_analyses_project_id_snapshot", "analyses")
    op.drop_index("ix_analyses_project_id_branch_branch_sequence", "analyses")
    for table, column in (
        *(("finding_batches", "batch_count"), ("finding_batches", "source_analysis_id")),
        *(
            ("analyses", "snapshot"),
            ("analyses", "knowledge"),
            ("analyses", "branch_sequence"),
            ("analyses", "branch"),
        ),
        *(("projects", "gate_version"), ("projects", "gate"), ("projects", "thresholds")),
    ):
        op.drop_column(table, column)
