"""Pages of issues for exports. Analyses make them; exports of the version before do without."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def _text(length: int) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "issue_pages",
        sa.Column("project_id", _text(63), nullable=False),
        sa.Column("branch", _text(200), nullable=False),
        sa.Column("first_id", _text(26), nullable=False),
        sa.Column("last_id", _text(26), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.project_id"], name="fk_issue_pages_projects"
        ),
        sa.PrimaryKeyConstraint("project_id", "branch", "first_id", name="pk_issue_pages"),
    )


def downgrade() -> None:
    op.drop_table("issue_pages")
