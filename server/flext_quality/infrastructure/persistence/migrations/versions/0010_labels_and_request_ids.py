"""What people set of issues, to find them by it; request ids of a method and its parent, with their time.

The version before neither reads nor writes labels. The request ids that it stored get the scope that tells
them apart by what was made, and are remembered for as long as if they had been used now.
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_SCOPE = """
    CASE WHEN result_name LIKE '%/analyses/%' THEN 'StartAnalysis projects/' || project_id
         WHEN result_name LIKE '%/notificationChannels/%'
              THEN 'CreateNotificationChannel projects/' || project_id
         WHEN result_name LIKE '%/channels/%'
              THEN 'CreateNotificationChannel projects/' || project_id
         ELSE 'CreateProject' END
"""


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
    _replace(
        [
            sa.Column("scope", _text(), nullable=False),
            sa.Column("request_id", _text(64), nullable=False),
            sa.Column("fingerprint", sa.Text(), nullable=False),
            sa.Column("result", sa.Text(), nullable=False),
            sa.Column("project_id", _text(63), nullable=False),
            sa.Column("time", _time(), nullable=False),
        ],
        ["scope", "request_id"],
        f"SELECT {_SCOPE}, request_id, fingerprint, result_name, project_id, :now FROM old_requests",  # noqa: S608  # a constant
    )
    op.create_index("ix_requests_time", "requests", ["time"])


def downgrade() -> None:
    op.drop_index("ix_requests_time", "requests")
    _replace(
        [
            sa.Column("request_id", _text(64), nullable=False),
            sa.Column("fingerprint", sa.Text(), nullable=False),
            sa.Column("result_name", sa.Text(), nullable=False),
            sa.Column("project_id", _text(63), nullable=False),
        ],
        ["request_id"],
        # Ids of several scopes become one, of which the version before knows those of calls that create.
        """
        SELECT request_id, min(fingerprint), min(result), min(project_id) FROM old_requests
        WHERE scope = 'CreateProject' OR scope LIKE 'StartAnalysis %'
              OR scope LIKE 'CreateNotificationChannel %'
        GROUP BY request_id HAVING count(*) = 1
        """,
    )
    op.drop_table("issue_labels")


def _replace(columns: list[sa.Column[object]], key: list[str], rows: str) -> None:
    """Makes `requests` anew. `rows` selects what it holds from `old_requests`."""
    op.drop_index("ix_requests_project_id", "requests")
    op.execute("CREATE TABLE old_requests AS SELECT * FROM requests")
    op.drop_table("requests")
    op.create_table("requests", *columns, sa.PrimaryKeyConstraint(*key, name="pk_requests"))
    insert = sa.text(f"INSERT INTO requests {rows}")  # constants
    if ":now" in rows:
        insert = insert.bindparams(sa.bindparam("now", datetime.now(UTC), _time()))
    op.get_bind().execute(insert)
    op.drop_table("old_requests")
    op.create_index("ix_requests_project_id", "requests", ["project_id"])


def _time() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def _text(length: int | None = None) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")
