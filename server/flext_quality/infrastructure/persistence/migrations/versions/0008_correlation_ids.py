"""What caused an event. The version before neither reads nor writes it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("events", sa.Column("correlation_id", sa.Text()))


def downgrade() -> None:
    op.drop_column("events", "correlation_id")
