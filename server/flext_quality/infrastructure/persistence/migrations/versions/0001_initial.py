"""The first tables. Types are written out here: a revision does not change with the code."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _text(length: int | None = None) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def _time() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "projects",
        sa.Column("project_id", _text(63), nullable=False),
        sa.Column("display_name", _text(), nullable=False),
        sa.Column("local_path", sa.Text(), nullable=False),
        sa.Column("created_at", _time(), nullable=False),
        sa.Column("updated_at", _time(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("last_sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", name="pk_projects"),
    )
    op.create_index("ix_projects_created_at_project_id", "projects", ["created_at", "project_id"])
    op.create_index(
        "ix_projects_display_name_project_id", "projects", ["display_name", "project_id"]
    )
    op.create_table(
        "analyses",
        sa.Column("project_id", _text(63), nullable=False),
        sa.Column("analysis_id", _text(26), nullable=False),
        sa.Column("created_at", _time(), nullable=False),
        sa.Column("outcomes", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("started_at", _time()),
        sa.Column("ended_at", _time()),
        sa.Column("file_count", sa.Integer(), nullable=False),
        sa.Column("lines_of_code", sa.BigInteger(), nullable=False),
        sa.Column("skipped_file_count", sa.Integer(), nullable=False),
        sa.Column("failure_reason", sa.Text()),
        sa.Column("failure_message", sa.Text()),
        sa.Column("last_sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "analysis_id", name="pk_analyses"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.project_id"], name="fk_analyses_projects"
        ),
    )
    op.create_index("ix_analyses_state_analysis_id", "analyses", ["state", "analysis_id"])
    op.create_table(
        "finding_batches",
        sa.Column("project_id", _text(63), nullable=False),
        sa.Column("analysis_id", _text(26), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("analyzer", sa.Text(), nullable=False),
        sa.Column("finding_count", sa.Integer(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "analysis_id", "position", name="pk_finding_batches"),
        sa.ForeignKeyConstraint(
            ["project_id", "analysis_id"],
            ["analyses.project_id", "analyses.analysis_id"],
            name="fk_finding_batches_analyses",
        ),
    )
    op.create_table(
        "events",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            primary_key=True,
            autoincrement=True,
        ),
        sa.Column("subject", _text(128), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("time", _time(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.UniqueConstraint("subject", "sequence", name="uq_events_subject_sequence"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "requests",
        sa.Column("request_id", _text(64), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("result_name", sa.Text(), nullable=False),
        sa.Column("project_id", _text(63), nullable=False),
        sa.PrimaryKeyConstraint("request_id", name="pk_requests"),
    )
    op.create_index("ix_requests_project_id", "requests", ["project_id"])
    op.create_table(
        "file_results",
        sa.Column("key", _text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", _time(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_file_results"),
    )
    op.create_index("ix_file_results_used_at", "file_results", ["used_at"])


def downgrade() -> None:
    for table in (
        "file_results",
        "requests",
        "events",
        "finding_batches",
        "analyses",
        "projects",
    ):
        op.drop_table(table)
