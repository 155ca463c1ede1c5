"""Brings a database to the shape that this version of the code needs.

Alembic costs 0.4 s and 10 MB to import. It is not touched unless there is something to do.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from flext_quality.infrastructure.persistence.engine import (
    Database,
    DatabaseOptions,
    lock_for_migration,
)
from flext_quality.infrastructure.persistence.ownership import Claim
from flext_quality.infrastructure.persistence.transaction import storage_errors

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS = Path(__file__).parent / "migrations"
_WAIT_SECONDS = 60.0
"""How long another process may take to migrate the same database."""


class NewerDatabaseError(Exception):
    """A newer version of the product has used the database, in a shape unknown to this one."""

    def __init__(self, revision: str) -> None:
        super().__init__(
            f"the database is at revision {revision}, which this version of flext-quality does not "
            f"know (its newest is {head()}): run the version that made it, or a newer one"
        )
        self.revision = revision


def head() -> str:
    """The newest revision that this code knows."""
    return _revisions()[-1]


async def current(url: str) -> str | None:
    """The database's revision; None if it has no tables yet.

    Raises:
        StorageUnavailableError: the database is away.
    """
    async with _transaction(url, write=False) as connection:
        return await _stored(connection)


async def check(url: str, claim: Claim) -> None:
    """Does nothing if a server with that claim may use the database, which has any shape.

    Raises:
        DatabaseTakenError: it belongs to another data directory.
        StorageUnavailableError: the database is away.
    """
    async with _transaction(url, write=False) as connection:
        await claim.check(connection)


async def upgrade(url: str, claim: Claim | None = None) -> None:
    """Brings the database to `head()`, and to the data directory of `claim` if it is given.

    Any number of processes may do so at once. Either all is done, or nothing: what belongs to another data
    directory stays as it is. A SQLite file is made if there is none; its directory is there already.

    Raises:
        DatabaseTakenError: it belongs to another data directory.
        NewerDatabaseError: it is at a revision that this code does not know.
        StorageUnavailableError: the database is away.
    """
    async with _transaction(url, write=False) as connection:
        if _is_newest(await _stored(connection)) and (
            claim is None or await claim.is_settled(connection)
        ):
            return
    async with _transaction(url, write=True) as connection:
        await lock_for_migration(connection)
        if claim is not None:
            await claim.check(connection)
        # Another process may have been faster.
        if not _is_newest(await _stored(connection)):
            await connection.run_sync(_upgrade)
        if claim is not None:
            await claim.settle(connection)
        await connection.commit()


async def downgrade(url: str, revision: str) -> None:
    """Takes the database back to `revision`, or to nothing with "base"; what has no place is lost.

    Raises:
        StorageUnavailableError: the database is away.
    """
    async with _transaction(url, write=True) as connection:
        await lock_for_migration(connection)
        await connection.run_sync(_downgrade_to(revision))
        await connection.commit()


def _revisions() -> list[str]:
    return sorted(path.name[:4] for path in _MIGRATIONS.glob("versions/[0-9]*.py"))


def _is_newest(revision: str | None) -> bool:
    if revision is not None and revision not in _revisions():
        raise NewerDatabaseError(revision)
    return revision == head()


@asynccontextmanager
async def _transaction(url: str, *, write: bool) -> AsyncIterator[AsyncConnection]:
    database = Database(DatabaseOptions(url, wait_seconds=_WAIT_SECONDS))
    try:
        with storage_errors():
            engine = database.writing if write else database.reading
            async with engine.connect() as connection:
                yield connection
    finally:
        await database.close()


async def _stored(connection: AsyncConnection) -> str | None:
    if not await connection.run_sync(lambda c: inspect(c).has_table("alembic_version")):
        return None
    revision: str | None = await connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def _configuration(connection: Connection) -> Config:
    from alembic.config import Config  # noqa: PLC0415  # costly, see above

    configuration = Config()
    configuration.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    configuration.attributes["connection"] = connection
    return configuration


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415  # costly, see above

    command.upgrade(_configuration(connection), "head")


def _downgrade_to(revision: str) -> Callable[[Connection], None]:
    def run(connection: Connection) -> None:
        from alembic import command  # noqa: PLC0415  # costly, see above

        command.downgrade(_configuration(connection), revision)

    return run
