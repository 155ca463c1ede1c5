"""What people set of issues, to find them by it. The version before neither reads nor writes it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "issue_labels",
        sa.Column("project_id", _text(63), nullable=False),
        sa.Column("field", _text(63), nullable=False),
        sa.Column("value", _text(), nullable=False),
        sa.Column("issue_id", _text(26), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.project_id"], name="fk_issue_labels_projects"
        ),
        sa.PrimaryKeyConstraint("project_id", "field", "value", "issue_id", name="pk_issue_labels"),
    )
    op.create_index(
        "ix_issue_labels_project_id_issue_id", "issue_labels", ["project_id", "issue_id"]
    )


def downgrade() -> None:
    op.drop_table("issue_labels")


def _text(length: int | None = None) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")
