"""The database's connections. It and `sqlite_driver` alone know which kind of database it is."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    URL,
    ColumnElement,
    LargeBinary,
    Table,
    cast,
    func,
    literal,
    make_url,
    text,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from flext_quality.infrastructure.persistence import sqlite_driver
from flext_quality.infrastructure.persistence.sqlite_checkpoints import Checkpoints

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

_POSTGRESQL_MIGRATION_LOCK = 0x666C657874  # any number that nobody else uses


@dataclass(frozen=True, slots=True)
class DatabaseOptions:
    """Which database, and how it is used.

    Attributes:
        url: `sqlite+aiosqlite:///PATH` or `postgresql+psycopg://...`.
        pool_size: how many connections stay open for units of work; who finds none free waits.
        max_overflow: how many are opened besides for units of work that may be open for long; one of them
            stays open. 0: these use the others' connections.
        wait_seconds: how long to wait for a connection, or for a writer in another process.
    """

    url: str
    pool_size: int = 8
    max_overflow: int = 16
    wait_seconds: float = 15.0


class Database:
    """One database: `writing` for units of work that may change it, `reading` for the others.

    `long_reading` is for those of the others that hold their connection as long as a client likes.

    SQLite has one writer at a time. Those of this process queue up for one connection, which is
    fair and costs nothing, and the transaction is a writing one from its beginning, so that it
    never has to be upgraded, which could fail. Nothing connects before it is used.

    Attributes:
        engines: all that have connections of their own.
    """

    def __init__(self, options: DatabaseOptions) -> None:
        url = make_url(options.url)
        short = {"pool_size": options.pool_size, "max_overflow": 0}
        # SQLAlchemy's overflow: what is opened beyond the first is closed after its use.
        long = {"pool_size": 1, "max_overflow": options.max_overflow - 1}
        self._checkpoints: Checkpoints | None = None
        if url.get_backend_name() == "sqlite":
            engine = partial(_sqlite_engine, url, options)
            self._checkpoints = Checkpoints(str(url.database))
            one = {"pool_size": 1, "max_overflow": 0}
            self.writing = engine("BEGIN IMMEDIATE", one, self._checkpoints)
            self.reading = self.long_reading = engine("BEGIN DEFERRED", short)
            if options.max_overflow:
                self.long_reading = engine("BEGIN DEFERRED", long)
            self.engines = {self.writing, self.reading, self.long_reading}
        elif url.get_backend_name() == "postgresql":
            self.writing = long_running = _postgresql_engine(url, options, short)
            if options.max_overflow:
                long_running = _postgresql_engine(url, options, long)
            self.reading = _read_only(self.writing)
            self.long_reading = _read_only(long_running)
            self.engines = {self.writing, long_running}
        else:
            raise ValueError(f"neither SQLite nor PostgreSQL: {url.render_as_string()}")

    async def close(self) -> None:
        """Closes all connections that are not in use."""
        if self._checkpoints is not None:
            await asyncio.to_thread(self._checkpoints.close)
        await self.writing.dispose()
        await self.reading.dispose()
        await self.long_reading.dispose()


def _postgresql_engine(url: URL, options: DatabaseOptions, pool: dict[str, int]) -> AsyncEngine:
    return create_async_engine(url, pool_timeout=options.wait_seconds, pool_pre_ping=True, **pool)


def _read_only(engine: AsyncEngine) -> AsyncEngine:
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _sqlite_engine(
    url: URL,
    options: DatabaseOptions,
    begin: sqlite_driver.Begin,
    pool: dict[str, int],
    checkpoints: Checkpoints | None = None,
) -> AsyncEngine:
    path = url.database
    if not path or path == ":memory:" or url.query:
        raise ValueError(f"SQLite needs the path of a file alone: {url.render_as_string()}")
    return create_async_engine(
        url.set(drivername="sqlite+aiosqlite"),
        async_creator=partial(
            sqlite_driver.connect,
            path,
            begin=begin,
            busy_seconds=options.wait_seconds,
            checkpoints=checkpoints,
        ),
        pool_timeout=options.wait_seconds,
        **pool,
    )


_SQLITE_AWAY = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,  # of the file system; a read-only unit of work does not get this far
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_PROTOCOL,
}


def is_unavailable(error: DBAPIError) -> bool:
    """Whether the database is locked, away, full or damaged; otherwise the error is a bug of ours."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        # The lower byte is the kind, the upper ones are details of it.
        return code & 0xFF in _SQLITE_AWAY
    return error.connection_invalidated or isinstance(error, (OperationalError, InterfaceError))


def insert_if_absent(table: Table, dialect: str) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that passes over rows whose key is there; its row count says how many went in."""
    insert: sqlite.Insert | postgresql.Insert
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415  # 30 ms that SQLite can do without

        insert = postgresql.insert(table).on_conflict_do_nothing()
    else:
        insert = sqlite.insert(table).on_conflict_do_nothing()
    # Without the option not every driver keeps the count of an INSERT.
    return insert.execution_options(preserve_rowcount=True)


def insert_or_replace(
    table: Table, dialect: str, columns: Collection[str] = ()
) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that, where a row's key is there, changes `columns`, or all others, instead."""
    insert: sqlite.Insert | postgresql.Insert
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415  # as above

        insert = postgresql.insert(table)
    else:
        insert = sqlite.insert(table)
    keys = [column.name for column in table.primary_key]
    names = columns or [c.name for c in table.c if c.name not in keys]
    others = {name: insert.excluded[name] for name in names}
    return insert.on_conflict_do_update(index_elements=keys, set_=others)


def joined(column: ColumnElement[bytes], order: ColumnElement[Any], dialect: str) -> Any:
    """An aggregate: the column's values of all rows, one after the other in that order.

    SQLite takes the rows as they come, so they have to come in the order. It knows no such aggregate of
    bytes, but joins them as texts without a look at them.
    """
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415  # 30 ms that SQLite can do without

        return func.string_agg(column, postgresql.aggregate_order_by(literal(b""), order))
    return cast(func.group_concat(column, ""), LargeBinary)


async def lock_name(connection: AsyncConnection, name: str) -> None:
    """Makes other transactions that lock the same name wait until this one ends.

    SQLite has one writer at a time anyway.
    """
    if connection.dialect.name == "postgresql":
        statement = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
        await connection.execute(statement, {"name": name})


async def lock_for_migration(connection: AsyncConnection) -> None:
    """Makes other processes that migrate wait until this transaction ends."""
    if connection.dialect.name == "postgresql":
        await connection.execute(
            text("SELECT pg_advisory_xact_lock(:key)"), {"key": _POSTGRESQL_MIGRATION_LOCK}
        )
    else:
        await connection.execute(text("SELECT 1"))  # begins it, which takes the lock
