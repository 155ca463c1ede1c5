"""The tables. `migrations/` makes them; a test compares the two."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

from flext_quality.infrastructure.persistence.column_types import (
    UtcDateTime,
    big_key,
    text_by_code_point,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

projects = Table(
    "projects",
    metadata,
    Column("project_id", text_by_code_point(63), primary_key=True),
    Column("display_name", text_by_code_point(), nullable=False),
    Column("local_path", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("version", Integer, nullable=False),
    Column("last_sequence", BigInteger, nullable=False),
    Column("thresholds", Text),  # JSON; NULL: the defaults
    Column("gate", Text),  # JSON; NULL: the default one
    Column("gate_version", Integer, nullable=False, server_default="0"),
    Index(None, "created_at", "project_id"),
    Index(None, "display_name", "project_id"),
)

analyses = Table(
    "analyses",
    metadata,
    Column("project_id", ForeignKey(projects.c.project_id), primary_key=True),
    Column("analysis_id", text_by_code_point(26), primary_key=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("outcomes", Text, nullable=False),  # JSON
    Column("owner", Text, nullable=False),
    Column("state", SmallInteger, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("cancel_requested", Boolean, nullable=False),
    Column("started_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("file_count", Integer, nullable=False),
    Column("lines_of_code", BigInteger, nullable=False),
    Column("skipped_file_count", Integer, nullable=False),
    Column("failure_reason", Text),
    Column("failure_message", Text),
    Column("failure_metadata", Text),  # JSON
    Column("last_sequence", BigInteger, nullable=False),
    Column("branch", text_by_code_point(200), nullable=False, server_default=""),
    Column("branch_sequence", Integer),  # of succeeded ones
    Column("knowledge", Text),  # JSON; of succeeded ones; the snapshot stands beside it
    Column("snapshot", text_by_code_point(64), nullable=False, server_default=""),
    Column("trace_context", Text),  # a W3C traceparent; NULL: there was no trace
    # A branch's latest analysis, and the one before each.
    Index(None, "project_id", "branch", "branch_sequence"),
    # Who still has a snapshot.
    Index(None, "project_id", "snapshot"),
    # The queue: the few that are pending or running, oldest first.
    Index(None, "state", "analysis_id"),
)

finding_batches = Table(
    "finding_batches",
    metadata,
    Column("project_id", text_by_code_point(63), primary_key=True),
    Column("analysis_id", text_by_code_point(26), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("analyzer", Text, nullable=False),
    Column("finding_count", Integer, nullable=False),
    # Of a row that stands for all batches of the analyzer in `source_analysis_id`, which are the very
    # same: how many positions it takes. Its payload is empty.
    Column("payload", LargeBinary, nullable=False),
    Column("source_analysis_id", text_by_code_point(26)),
    Column("batch_count", Integer, nullable=False, server_default="1"),
    ForeignKeyConstraint(
        ["project_id", "analysis_id"], [analyses.c.project_id, analyses.c.analysis_id]
    ),
)

attachments = Table(
    "attachments",
    metadata,
    Column("project_id", text_by_code_point(63), primary_key=True),
    Column("analysis_id", text_by_code_point(26), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("kind", SmallInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    ForeignKeyConstraint(
        ["project_id", "analysis_id"], [analyses.c.project_id, analyses.c.analysis_id]
    ),
)


def _place_columns() -> list[Column[Any]]:
    return [
        Column("path", text_by_code_point(), nullable=False),
        Column("line", Integer, nullable=False),
        Column("rung", SmallInteger, nullable=False),
        # The encoded issue as it is there, in the frame of a message that holds a list of issues: rows that
        # are joined are such a message.
        Column("payload", LargeBinary, nullable=False),
        Column("search", Text, nullable=False),  # rule, path and message, case-folded
    ]


# An issue on one branch, in the place where it is seen, or was last seen if it is fixed.
issues = Table(
    "issues",
    metadata,
    Column("project_id", text_by_code_point(63), primary_key=True),
    Column("branch", text_by_code_point(200), primary_key=True),
    Column("issue_id", text_by_code_point(26), primary_key=True),
    *_place_columns(),
    Column("analyzer", text_by_code_point(), nullable=False),
    Column("rule", text_by_code_point(), nullable=False),
    Column("severity", SmallInteger, nullable=False),
    Column("category", SmallInteger, nullable=False),
    Column("column", Integer, nullable=False),
    Column("line_hash", BigInteger, nullable=False),  # as a signed number
    Column("message_hash", BigInteger, nullable=False),  # as a signed number
    Column(
        "details_hash", BigInteger, nullable=False
    ),  # as a signed number; of all else that is told
    Column("effort_minutes", Integer, nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column("origin", SmallInteger, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("status_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),  # of the decision about it
    # Numbers of the branch's analyses: since when it is seen without a break, and since when in this place.
    Column("appeared", Integer, nullable=False),
    Column("seen_from", Integer, nullable=False),
    ForeignKeyConstraint(["project_id"], [projects.c.project_id]),
    Index(None, "project_id", "branch", "status", "severity"),
    Index(None, "project_id", "branch", "path"),
    Index(None, "project_id", "branch", "created_at", "issue_id"),
    # An issue on all branches.
    Index(None, "project_id", "issue_id"),
    Index(None, "expires_at"),
)

# The issues of a branch once more, joined; see `issue_pages.py`. What is wide comes last, out of the way.
issue_pages = Table(
    "issue_pages",
    metadata,
    Column("project_id", text_by_code_point(63), primary_key=True),
    Column("branch", text_by_code_point(200), primary_key=True),
    Column("first_id", text_by_code_point(26), primary_key=True),
    Column("last_id", text_by_code_point(26), nullable=False),
    Column("count", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
    ForeignKeyConstraint(["project_id"], [projects.c.project_id]),
)

# Where an issue was seen before: from one of the branch's analyses until, not including, another.
sightings = Table(
    "sightings",
    metadata,
    Column("project_id", text_by_code_point(63), primary_key=True),
    Column("branch", text_by_code_point(200), primary_key=True),
    Column("issue_id", text_by_code_point(26), primary_key=True),
    Column("seen_from", Integer, primary_key=True, autoincrement=False),
    Column("seen_until", Integer, nullable=False),
    # Whether the issue was no longer seen at all from then on.
    Column("is_end", Boolean, nullable=False),
    *_place_columns(),
    ForeignKeyConstraint(["project_id"], [projects.c.project_id]),
    Index(None, "project_id", "branch", "seen_until"),
)

# What people decided about issues.
decisions = Table(
    "decisions",
    metadata,
    Column("id", big_key(), primary_key=True, autoincrement=True),
    Column("project_id", text_by_code_point(63), nullable=False),
    Column("issue_id", text_by_code_point(26), nullable=False),
    Column("time", UtcDateTime, nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column("author", Text, nullable=False),  # empty: an earlier decision expired
    Column("reason", Text, nullable=False),
    Column("expires_at", UtcDateTime),
    ForeignKeyConstraint(["project_id"], [projects.c.project_id]),
    Index(None, "project_id", "issue_id", "id"),
    sqlite_autoincrement=True,
)

# The records of all files of an analysis, by the digest of the payload: alike analyses share one.
snapshots = Table(
    "snapshots",
    metadata,
    Column("project_id", text_by_code_point(63), primary_key=True),
    Column("digest", text_by_code_point(64), primary_key=True),
    Column("payload", LargeBinary, nullable=False),
    ForeignKeyConstraint(["project_id"], [projects.c.project_id]),
)

# The hashes of the lines of a file, by the SHA-256 of its content.
file_lines = Table(
    "file_lines",
    metadata,
    Column("project_id", text_by_code_point(63), primary_key=True),
    Column("sha256", text_by_code_point(64), primary_key=True),
    Column("hashes", LargeBinary, nullable=False),
    ForeignKeyConstraint(["project_id"], [projects.c.project_id]),
)

# The metrics of a project's main line over time: for each analysis, and put together by hour, day, ...
metric_points = Table(
    "metric_points",
    metadata,
    Column("project_id", text_by_code_point(63), primary_key=True),
    Column("time", UtcDateTime, primary_key=True),
    Column("analysis_id", text_by_code_point(26), primary_key=True),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("measures", LargeBinary, nullable=False),
    ForeignKeyConstraint(["project_id"], [projects.c.project_id]),
    # What watchers have not seen yet.
    Index(None, "project_id", "revision"),
)

metric_buckets = Table(
    "metric_buckets",
    metadata,
    Column("project_id", text_by_code_point(63), primary_key=True),
    Column("granularity", SmallInteger, primary_key=True, autoincrement=False),
    Column("start", UtcDateTime, primary_key=True),
    Column("last_time", UtcDateTime, nullable=False),
    Column("last_analysis_id", text_by_code_point(26), nullable=False),
    Column("measures", LargeBinary, nullable=False),
    ForeignKeyConstraint(["project_id"], [projects.c.project_id]),
)

latest_metrics = Table(
    "latest_metrics",
    metadata,
    Column("project_id", ForeignKey(projects.c.project_id), primary_key=True),
    Column("analysis_id", text_by_code_point(26), nullable=False),
    Column("time", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("revision", BigInteger, nullable=False),  # the project's last
    Column("measures", LargeBinary, nullable=False),
)

# Not bound to projects and analyses: a project's events outlive it.
events = Table(
    "events",
    metadata,
    # Over all subjects, in the order of storing, never used twice: a cursor for reading all.
    Column("id", big_key(), primary_key=True, autoincrement=True),
    Column("subject", text_by_code_point(128), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("time", UtcDateTime, nullable=False),
    Column("type", Text, nullable=False),
    Column("what", Text, nullable=False),  # JSON
    Column("correlation_id", Text),  # NULL: of a version that stored none
    UniqueConstraint("subject", "sequence"),
    sqlite_autoincrement=True,
)

# How far the readers of the whole log have come, and which server reads for each.
cursors = Table(
    "cursors",
    metadata,
    Column("name", text_by_code_point(128), primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("owner", Text, nullable=False, server_default=""),
    Column("owned_until", UtcDateTime),
)

# Where projects' messages go.
channels = Table(
    "channels",
    metadata,
    Column("project_id", text_by_code_point(63), primary_key=True),
    Column("channel_id", text_by_code_point(26), primary_key=True),
    Column("kind", SmallInteger, nullable=False),
    Column("what", Text, nullable=False),  # JSON
    Column("stored_secret", Text, nullable=False),  # encrypted; empty for none
    Column("disabled", Boolean, nullable=False),
    Column("disabled_reason", Text, nullable=False),
    Column("failed_in_a_row", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    ForeignKeyConstraint(["project_id"], [projects.c.project_id]),
)

# The messages, with all attempts.
deliveries = Table(
    "deliveries",
    metadata,
    Column("project_id", text_by_code_point(63), primary_key=True),
    Column("channel_id", text_by_code_point(26), primary_key=True),
    Column("delivery_id", text_by_code_point(26), primary_key=True),
    Column("state", SmallInteger, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("attempt_count", Integer, nullable=False),
    Column("what", Text, nullable=False),  # JSON
    Column("created_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    # Which server sends it now, and until when nobody else does.
    Column("owner", Text, nullable=False, server_default=""),
    Column("owned_until", UtcDateTime),
    ForeignKeyConstraint(
        ["project_id", "channel_id"], [channels.c.project_id, channels.c.channel_id]
    ),
    # What is due.
    Index(None, "state", "due_at"),
    # What can go.
    Index(None, "ended_at"),
)

# What was told last, for not telling it again soon.
told = Table(
    "told",
    metadata,
    Column("project_id", text_by_code_point(63), primary_key=True),
    Column("channel_id", text_by_code_point(26), primary_key=True),
    Column("key", text_by_code_point(), primary_key=True),
    Column("delivery_id", text_by_code_point(26), nullable=False),
    Column("time", UtcDateTime, nullable=False, index=True),
    ForeignKeyConstraint(
        ["project_id", "channel_id"], [channels.c.project_id, channels.c.channel_id]
    ),
)

requests = Table(
    "requests",
    metadata,
    Column("request_id", text_by_code_point(64), primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("result_name", Text, nullable=False),
    Column("project_id", text_by_code_point(63), nullable=False, index=True),
)

file_results = Table(
    "file_results",
    metadata,
    Column("key", text_by_code_point(), primary_key=True),
    Column("payload", LargeBinary, nullable=False),
    Column("used_at", UtcDateTime, nullable=False, index=True),
)
