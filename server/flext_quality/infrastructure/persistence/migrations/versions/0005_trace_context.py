"""The trace that an analysis belongs to. The version before neither reads nor writes it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("analyses", sa.Column("trace_context", sa.Text()))


def downgrade() -> None:
    op.drop_column("analyses", "trace_context")
