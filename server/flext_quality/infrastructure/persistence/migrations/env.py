"""What Alembic runs. `migrate.py` gives it a connection that is in a transaction, and commits."""

from __future__ import annotations

from alembic import context

from flext_quality.infrastructure.persistence.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite too can undo changes of tables; Alembic does not count on it by itself.
    transactional_ddl=True,
)
context.run_migrations()
