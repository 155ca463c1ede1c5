"""aiosqlite with fewer trips to its thread, for SQLAlchemy.

A trip costs about 0.1 ms. SQLAlchemy makes four for a statement (open a cursor, execute, fetch,
close) and more for BEGIN and ROLLBACK. Here a statement with its rows is one trip, the BEGIN before
the first one goes along, and ROLLBACK is not waited for. Reading one row goes from 1.1 to 0.3 ms.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Literal, NamedTuple, Self

import aiosqlite

from flext_quality.infrastructure.persistence.sqlite_checkpoints import Checkpoints

Begin = Literal["BEGIN DEFERRED", "BEGIN IMMEDIATE"]

_RETRY_SECONDS = 0.01


async def connect(
    path: str, *, begin: Begin, busy_seconds: float, checkpoints: Checkpoints | None = None
) -> Connection:
    """A connection with a thread of its own. A missing file is made, in a directory that exists.

    One that writes leaves `checkpoints` to others.
    """
    connection = Connection(partial(_open, path, busy_seconds, checkpoints), begin, checkpoints)
    try:
        await connection
    except Exception:
        # aiosqlite tells its thread to stop, but goes away before it has.
        connection.join()
        raise
    return connection


class Connection(aiosqlite.Connection):
    """Begins a transaction with `begin` before any statement that is not in one, as PEP 249 wants.

    Python's sqlite3 would do so before some statements only, and never before a SELECT, which then
    has no snapshot.
    """

    def __init__(
        self,
        connector: Callable[[], sqlite3.Connection],
        begin: Begin,
        checkpoints: Checkpoints | None,
    ) -> None:
        super().__init__(connector, iter_chunk_size=64)
        self._begin = begin
        self._checkpoints = checkpoints
        self._begun = False
        # A program that ends need not wait for it.
        self._thread.daemon = True

    def join(self) -> None:
        """Waits for the end of the thread, which was told to stop and has nothing else to do."""
        self._thread.join()

    def cursor(self) -> Cursor:  # type: ignore[override]  # what SQLAlchemy uses of one
        """Made without a trip to the thread."""
        return Cursor(self)

    async def run(self, sql: str, parameters: Any, *, many: bool) -> _Outcome:
        """Executes a statement, and fetches all its rows."""
        self._begun = True
        execute: Callable[..., Awaitable[_Outcome]] = self._execute  # it has no types
        return await execute(self._run, sql, parameters, many)

    def _run(self, sql: str, parameters: Any, many: bool) -> _Outcome:
        connection = self._conn
        if not connection.in_transaction:
            connection.execute(self._begin)
        execute = connection.executemany if many else connection.execute
        cursor = execute(sql, parameters)
        return _Outcome(cursor.fetchall(), cursor.description, cursor.rowcount, cursor.lastrowid)

    async def commit(self) -> None:
        """Commits, if anything was executed."""
        if self._begun:
            await super().commit()
            self._begun = False
            if self._checkpoints is not None:
                self._checkpoints.committed()

    async def rollback(self) -> None:
        """Rolls back, if anything was executed, before anything else is done here.

        Not waited for: SQLite only forgets what is not committed, and says nothing about that.
        """
        if self._begun:
            self._tx.put_nowait((None, self._conn.rollback))
            self._begun = False


class _Outcome(NamedTuple):
    rows: list[Any]
    description: Any
    rowcount: int
    lastrowid: int | None


class Cursor:
    """What SQLAlchemy's adapter uses of an aiosqlite cursor."""

    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._outcome = _Outcome([], None, -1, None)

    async def __aenter__(self) -> Self:
        return self

    @property
    def description(self) -> Any:
        """The columns; None for a statement without rows."""
        return self._outcome.description

    @property
    def rowcount(self) -> int:
        """How many rows were changed."""
        return self._outcome.rowcount

    @property
    def lastrowid(self) -> int | None:
        """The key of the row inserted last."""
        return self._outcome.lastrowid

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Executes, and keeps the rows for `fetchall`."""
        self._outcome = await self._connection.run(sql, parameters, many=False)

    async def executemany(self, sql: str, parameters: Sequence[Sequence[Any]]) -> None:
        """Executes once for each of `parameters`."""
        self._outcome = await self._connection.run(sql, parameters, many=True)

    async def fetchall(self) -> list[Any]:
        """The rows."""
        return self._outcome.rows

    async def close(self) -> None:
        """Nothing is open."""


def _open(path: str, busy_seconds: float, checkpoints: Checkpoints | None) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None)
    try:
        _use_write_ahead_log(connection, time.monotonic() + busy_seconds)
        # In WAL mode NORMAL loses no consistency; a power cut may cost the last transactions.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        if checkpoints is not None:
            checkpoints.prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _use_write_ahead_log(connection: sqlite3.Connection, deadline: float) -> None:
    """Readers and the writer do not wait for each other then. The file remembers it.

    The first change of a new file fails at once, not after the timeout, if another process is about
    to do the same.
    """
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(_RETRY_SECONDS)
        else:
            return
