"""Notifications: channels, deliveries, what was told. What the version before stores stays valid."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _text(length: int | None = None) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def _time() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def _of_channel(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("project_id", _text(63), nullable=False),
        sa.Column("channel_id", _text(26), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "channel_id"],
            ["channels.project_id", "channels.channel_id"],
            name=f"fk_{table}_channels",
        ),
    ]


def upgrade() -> None:
    op.create_table(
        "channels",
        sa.Column("project_id", _text(63), nullable=False),
        sa.Column("channel_id", _text(26), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("stored_secret", sa.Text(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("disabled_reason", sa.Text(), nullable=False),
        sa.Column("failed_in_a_row", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", _time(), nullable=False),
        sa.Column("updated_at", _time(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "channel_id", name="pk_channels"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.project_id"], name="fk_channels_projects"
        ),
    )
    op.create_table(
        "deliveries",
        *_of_channel("deliveries"),
        sa.Column("delivery_id", _text(26), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("due_at", _time(), nullable=False),
        sa.Column("attempt_count", sa.Integer(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("created_at", _time(), nullable=False),
        sa.Column("ended_at", _time()),
        sa.Column("owner", sa.Text(), nullable=False, server_default=""),
        sa.Column("owned_until", _time()),
        sa.PrimaryKeyConstraint("project_id", "channel_id", "delivery_id", name="pk_deliveries"),
    )
    op.create_index("ix_deliveries_state_due_at", "deliveries", ["state", "due_at"])
    op.create_index("ix_deliveries_ended_at", "deliveries", ["ended_at"])
    op.create_table(
        "told",
        *_of_channel("told"),
        sa.Column("key", _text(), nullable=False),
        sa.Column("delivery_id", _text(26), nullable=False),
        sa.Column("time", _time(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "channel_id", "key", name="pk_told"),
    )
    op.create_index("ix_told_time", "told", ["time"])


def downgrade() -> None:
    op.drop_table("told")
    op.drop_table("deliveries")
    op.drop_table("channels")
