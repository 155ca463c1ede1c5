"""Which data directory a database belongs to. The version before neither reads nor writes it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "database_owner",
        sa.Column("key", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("directory_id", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("is_inside", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_database_owner"),
    )


def downgrade() -> None:
    op.drop_table("database_owner")
