"""Results of per-file analyzers, in a table of the same database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import structlog
from sqlalchemy import Executable, bindparam, select

from flext_quality.application.ports.clock import Clock
from flext_quality.domain.errors import StorageUnavailableError
from flext_quality.infrastructure.persistence.engine import Database, insert_if_absent
from flext_quality.infrastructure.persistence.tables import file_results
from flext_quality.infrastructure.persistence.transaction import Parameters, Transaction

KEPT_UNUSED = timedelta(days=30)
"""An entry that nobody asked for in this time is removed."""

_USE_NOTED_EVERY = timedelta(days=1)
"""How exact the time of the last use is: noting it is a write, and most uses are reads alone."""

_SWEPT_EVERY = timedelta(days=1)

_KEYS_PER_STATEMENT = 1000
"""Parameters of a statement are limited: 32,766 in SQLite, 65,535 in PostgreSQL. And a transaction
of this size does not keep other writers waiting for long."""

_GET = select(file_results).where(file_results.c.key.in_(bindparam("keys", expanding=True)))
_NOTE_USE = (
    file_results.update()
    .where(file_results.c.key.in_(bindparam("keys", expanding=True)))
    .values(used_at=bindparam("now"))
)
_SWEEP = file_results.delete().where(file_results.c.used_at < bindparam("before"))

_log = structlog.get_logger(__name__)

T = TypeVar("T")


class SqlFileResultCache:
    """Keeps results until they have not been used for `KEPT_UNUSED`.

    When the database is away, it has nothing and keeps nothing: that costs time only.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._swept_at: datetime | None = None

    async def get_many(self, keys: Sequence[str]) -> dict[str, bytes]:
        """The results that are there, by key."""
        found: dict[str, bytes] = {}
        try:
            for some in _chunks(keys):
                found |= await self._get(some)
        except StorageUnavailableError:
            await _log.awarning("file results not read, the database is away")
        return found

    async def put_many(self, results: Mapping[str, bytes]) -> None:
        """Keeps results; one that is there already stays as it is."""
        try:
            for some in _chunks(list(results.items())):
                await self._put(some)
            await self._sweep()
        except StorageUnavailableError:
            await _log.awarning("file results not kept, the database is away")

    async def _get(self, keys: Sequence[str]) -> dict[str, bytes]:
        reading = Transaction(self._database.reading, read_only=True)
        await reading.open()
        try:
            rows = await reading.rows(_GET, {"keys": list(keys)})
        finally:
            await reading.close()
        noted_since = self._clock() - _USE_NOTED_EVERY
        if stale := [row["key"] for row in rows if row["used_at"] < noted_since]:
            await self._write(_NOTE_USE, {"keys": stale, "now": self._clock()})
        return {row["key"]: row["payload"] for row in rows}

    async def _put(self, results: Sequence[tuple[str, bytes]]) -> None:
        now = self._clock()
        insert = insert_if_absent(file_results, self._database.writing.dialect.name)
        rows = [{"key": key, "payload": payload, "used_at": now} for key, payload in results]
        await self._write(insert, rows)

    async def _sweep(self) -> None:
        now = self._clock()
        if self._swept_at is None or now - self._swept_at >= _SWEPT_EVERY:
            self._swept_at = now
            await self._write(_SWEEP, {"before": now - KEPT_UNUSED})

    async def _write(self, statement: Executable, parameters: Parameters) -> None:
        writing = Transaction(self._database.writing, read_only=False)
        await writing.open()
        try:
            await writing.write(statement, parameters)
            await writing.commit()
        finally:
            await writing.close()


def _chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), _KEYS_PER_STATEMENT):
        yield items[start : start + _KEYS_PER_STATEMENT]
