"""One transaction, and the events that it stores."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Dialect, Executable, Insert, LargeBinary, RowMapping, Update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.types import TypeEngine

from flext_quality.domain.errors import StorageUnavailableError
from flext_quality.domain.events.catalog import AnyEvent
from flext_quality.infrastructure.persistence.engine import is_unavailable, lock_name

Parameters = dict[str, Any] | list[dict[str, Any]]


@contextmanager
def storage_errors() -> Iterator[None]:
    """Tells a database that is away, locked or full from a bug of ours.

    Raises:
        StorageUnavailableError: the former.
    """
    try:
        yield
    except PoolTimeoutError as error:
        raise StorageUnavailableError from error
    except DBAPIError as error:
        if is_unavailable(error):
            raise StorageUnavailableError from error
        raise


class Transaction:
    """What the repositories of one unit of work share. It begins with the first statement.

    Plain connections, not ORM sessions: there is no identity map to keep, and nothing is loaded,
    refreshed or flushed unless a statement here says so.
    """

    def __init__(self, engine: AsyncEngine, *, read_only: bool) -> None:
        self._engine = engine
        self._read_only = read_only
        self._connection: AsyncConnection | None = None
        self.events: list[AnyEvent] = []

    @property
    def dialect(self) -> str:
        """The name of the database's kind, for `engine.py`."""
        return self._engine.dialect.name

    async def open(self) -> None:
        """Takes a connection; waits for one if all are in use."""
        with storage_errors():
            self._connection = await self._engine.connect()

    async def rows(self, statement: Executable, parameters: Parameters) -> Sequence[RowMapping]:
        """All rows of a query."""
        with storage_errors():
            return (await self._in_use().execute(statement, parameters)).mappings().all()

    async def tuples(self, statement: Executable, parameters: Parameters) -> Sequence[Any]:
        """All rows of a query, as tuples; for very many rows, which cost less so."""
        with storage_errors():
            return (await self._in_use().execute(statement, parameters)).all()

    async def row(self, statement: Executable, parameters: Parameters) -> RowMapping | None:
        """The only row of a query; None if there is none."""
        with storage_errors():
            return (await self._in_use().execute(statement, parameters)).mappings().one_or_none()

    async def value(self, statement: Executable, parameters: Parameters) -> Any:
        """The only column of the only row of a query; None if there is none."""
        with storage_errors():
            return (await self._in_use().execute(statement, parameters)).scalar_one_or_none()

    async def write(self, statement: Executable, parameters: Parameters) -> int:
        """Changes something; how many rows."""
        self.check_writable()
        with storage_errors():
            return (await self._in_use().execute(statement, parameters)).rowcount

    async def write_many(self, statement: Insert | Update, rows: Sequence[dict[str, Any]]) -> None:
        """Does the same with each of very many rows, which all have the same keys.

        SQLAlchemy would take most of the time for making each row's parameters.
        """
        if not rows:
            return
        self.check_writable()
        sql, parameters = await asyncio.to_thread(_compiled, statement, self._engine.dialect, rows)
        with storage_errors():
            await self._in_use().exec_driver_sql(sql, parameters)

    def check_writable(self) -> None:
        """Refuses what only a unit of work may do that can change something."""
        if self._read_only:
            raise RuntimeError("a read-only unit of work was asked to change something")

    @property
    def read_only(self) -> bool:
        """Whether it can change nothing."""
        return self._read_only

    async def lock(self, name: str) -> None:
        """Makes others that lock the same name wait until this one ends."""
        self.check_writable()
        with storage_errors():
            await lock_name(self._in_use(), name)

    async def commit(self) -> None:
        """Makes it lasting."""
        with storage_errors():
            await self._in_use().commit()

    async def close(self) -> None:
        """Rolls back what is not committed and gives the connection back, even when cancelled."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with storage_errors():
                await asyncio.shield(connection.close())

    def _in_use(self) -> AsyncConnection:
        if self._connection is None:
            raise RuntimeError("the unit of work has ended, or was never entered")
        return self._connection


def _compiled(
    statement: Insert | Update, dialect: Dialect, rows: Sequence[dict[str, Any]]
) -> tuple[str, Any]:
    """The statement as the driver takes it, with each row's values in the driver's form."""
    compiled = statement.compile(dialect=dialect, column_keys=sorted(rows[0]))
    names = compiled.positiontup or list(compiled.binds)
    columns = [
        _converted([row[name] for row in rows], compiled.binds[name].type, dialect)
        for name in names
    ]
    values = zip(*columns, strict=True)
    if compiled.positiontup is None:
        return str(compiled), [dict(zip(names, row, strict=True)) for row in values]
    return str(compiled), list(values)


def _converted(values: list[Any], kind: TypeEngine[Any], dialect: Dialect) -> list[Any]:
    convert = kind.dialect_impl(dialect).bind_processor(dialect)
    if convert is None or isinstance(kind, LargeBinary):  # which drivers take as they are
        return values
    known = {value: convert(value) for value in set(values)}
    return [known[value] for value in values]
