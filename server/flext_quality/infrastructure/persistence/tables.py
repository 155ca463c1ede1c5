"""The tables. `migrations/` makes them; a test compares the two."""

from __future__ import annotations

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
    Column("last_sequence", BigInteger, nullable=False),
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
    Column("payload", LargeBinary, nullable=False),
    ForeignKeyConstraint(
        ["project_id", "analysis_id"], [analyses.c.project_id, analyses.c.analysis_id]
    ),
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
    UniqueConstraint("subject", "sequence"),
    sqlite_autoincrement=True,
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
