"""SQLite for SQLAlchemy's aiosqlite dialect: a thread for each connection, and few trips to it.

A trip costs about 0.1 ms. With aiosqlite, SQLAlchemy makes four for a statement (open a cursor, execute,
fetch, close) and more for BEGIN and ROLLBACK. Here a statement with its rows is one trip, the BEGIN before
the first one goes along, and ROLLBACK is not waited for. Reading one row goes from 1.1 to 0.3 ms.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import Any, Literal, NamedTuple, Self, TypeVar

from flext_quality.infrastructure.persistence.sqlite_checkpoints import Checkpoints

Begin = Literal["BEGIN DEFERRED", "BEGIN IMMEDIATE"]
T = TypeVar("T")

_RETRY_SECONDS = 0.01


async def connect(
    path: str, *, begin: Begin, busy_seconds: float, checkpoints: Checkpoints | None = None
) -> Connection:
    """A connection with a thread of its own. A missing file is made, in a directory that exists.

    One that writes leaves `checkpoints` to others.
    """
    connection = Connection(begin, checkpoints)
    try:
        await connection.open(partial(_open, path, busy_seconds, checkpoints))
    except BaseException as error:
        connection.stop()
        if not isinstance(error, asyncio.CancelledError):
            connection.join()  # it has nothing else to do
        raise
    return connection


class Connection:
    """What SQLAlchemy's adapter uses of an aiosqlite connection.

    Begins a transaction with `begin` before any statement that is not in one, as PEP 249 wants. Python's
    sqlite3 would do so before some statements only, and never before a SELECT, which then has no snapshot.
    """

    def __init__(self, begin: Begin, checkpoints: Checkpoints | None) -> None:
        self._begin = begin
        self._checkpoints = checkpoints
        self._begun = False
        self._has_ended = False
        # The name is one that SQLAlchemy's adapter looks at, to see whether there is a connection.
        self._connection: sqlite3.Connection | None = None
        self._work: _Work = SimpleQueue()
        # A daemon: a program that ends need not wait for it.
        self._thread = Thread(target=_do_all, args=(self._work,), name="sqlite", daemon=True)
        self._thread.start()

    async def open(self, opener: Callable[[], sqlite3.Connection]) -> None:
        """Opens the file."""

        def open_here() -> None:
            self._connection = opener()

        await self._in_thread(open_here)

    def join(self) -> None:
        """Waits for the end of the thread, which was told to stop. Blocks."""
        self._thread.join()

    def cursor(self) -> Cursor:
        """Made without a trip to the thread."""
        return Cursor(self)

    async def run(self, sql: str, parameters: Any, *, many: bool) -> _Outcome:
        """Executes a statement, and fetches all its rows."""
        self._begun = True
        return await self._in_thread(partial(self._run, self._opened(), sql, parameters, many))

    def _run(
        self, connection: sqlite3.Connection, sql: str, parameters: Any, many: bool
    ) -> _Outcome:
        if not connection.in_transaction:
            connection.execute(self._begin)
        execute = connection.executemany if many else connection.execute
        cursor = execute(sql, parameters)
        return _Outcome(cursor.fetchall(), cursor.description, cursor.rowcount, cursor.lastrowid)

    async def commit(self) -> None:
        """Commits, if anything was executed."""
        if self._begun:
            await self._in_thread(self._opened().commit)
            self._begun = False
            if self._checkpoints is not None:
                self._checkpoints.committed()

    async def rollback(self) -> None:
        """Rolls back, if anything was executed, before anything else is done here.

        Not waited for: SQLite only forgets what is not committed, and says nothing about that.
        """
        if self._begun:
            self._work.put((None, self._opened().rollback))
            self._begun = False

    async def create_function(self, *arguments: Any, **options: Any) -> None:
        """As `sqlite3.Connection.create_function`."""
        await self._in_thread(partial(self._opened().create_function, *arguments, **options))

    async def close(self) -> None:
        """Waits for what is under way, closes the file and ends the thread. More than once does no harm."""
        if not self._has_ended:
            self._has_ended = True
            try:
                await self._in_thread(self._close_here)
            finally:
                self._work.put(None)

    def stop(self) -> None:
        """The same, not waited for."""
        if not self._has_ended:
            self._has_ended = True
            self._work.put((None, self._close_here))
            self._work.put(None)

    def _close_here(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None or self._has_ended:
            raise ValueError("connection closed")  # as the dialect expects it
        return self._connection

    async def _in_thread(self, work: Callable[[], T]) -> T:
        future = asyncio.get_running_loop().create_future()
        self._work.put((future, work))
        result: T = await future
        return result


_Work = SimpleQueue[tuple["asyncio.Future[Any] | None", Callable[[], Any]] | None]
"""What a thread has to do, and who waits for it; None: end."""


def _do_all(work: _Work) -> None:
    while (one := work.get()) is not None:
        future, function = one
        result, failure = None, None
        try:
            result = function()
        except BaseException as error:  # noqa: BLE001  # whoever waits gets it
            failure = error
        if future is not None:
            # A loop that has ended waits for nothing.
            with suppress(RuntimeError):
                future.get_loop().call_soon_threadsafe(_tell, future, result, failure)
        del one, future, function, result, failure  # nothing is kept while there is nothing to do


def _tell(future: asyncio.Future[Any], result: Any, failure: BaseException | None) -> None:
    if future.done():  # who waited has gone away
        return
    if failure is None:
        future.set_result(result)
    else:
        future.set_exception(failure)


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
