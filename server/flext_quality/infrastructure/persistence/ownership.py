"""Which data directory a database belongs to.

An analysis that waits or runs belongs to a server process, and whether that lives is told by locks in its
data directory (`jobs/instances.py`). A server with another data directory would take it for dead, and its
analyses for lost. So the database has one data directory, which all servers on it share.
"""

from __future__ import annotations

import fcntl
import os
import socket
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self
from uuid import uuid4

import structlog
from sqlalchemy import inspect, select
from sqlalchemy.ext.asyncio import AsyncConnection

from flext_quality.domain.errors import StorageUnavailableError
from flext_quality.infrastructure.persistence.engine import insert_or_replace, sqlite_file
from flext_quality.infrastructure.persistence.tables import database_owner

_ID_FILE = "id"

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class DataDirectory:
    """A data directory. The id says which one it is; path and host tell people where it was last used."""

    id: str
    path: str
    host: str

    @classmethod
    def at(cls, path: Path) -> Self:
        """The one at `path`, which exists. It gets its id by the first call, and keeps it where it is moved.

        Raises:
            StorageUnavailableError: the id cannot be read or stored.
        """
        try:
            return cls._of(path, _id_in(path))
        except OSError as error:
            raise StorageUnavailableError from error

    @classmethod
    def seen_at(cls, path: Path) -> Self:
        """The same without changing anything: as long as it has no id, that is empty."""
        try:
            known = (path / _ID_FILE).read_text(encoding="ascii", errors="replace").strip()
        except OSError:
            known = ""
        return cls._of(path, known)

    @classmethod
    def _of(cls, path: Path, directory_id: str) -> Self:
        return cls(directory_id, str(path.resolve()), socket.gethostname())

    def __str__(self) -> str:
        return f"{self.path} on {self.host} (id {self.id or 'not made yet'})"


class DatabaseTakenError(Exception):
    """The database belongs to another data directory, the `owner`."""

    def __init__(self, owner: DataDirectory, other: DataDirectory) -> None:
        super().__init__(
            f"the database belongs to the data directory {owner}, and this one is {other}: servers that do "
            "not share a data directory would take each other's analyses for lost"
        )
        self.owner = owner


@dataclass(frozen=True, slots=True)
class Claim:
    """A server's claim to a database.

    Attributes:
        directory: the server's data directory.
        is_inside: whether the database is a file in that directory. Then it belongs to the directory that it
            lies in, so that a copy of it can be used in another one.
        take_over_from: the id of a data directory that is gone for good; the database may be taken from it.
    """

    directory: DataDirectory
    is_inside: bool = False
    take_over_from: str = ""

    @classmethod
    def of(cls, url: str, directory: DataDirectory, take_over_from: str = "") -> Self:
        """The claim of a server with that data directory to the database at `url`."""
        file = sqlite_file(url)
        is_inside = file is not None and str(file.resolve().parent) == directory.path
        return cls(directory, is_inside, take_over_from)

    async def is_settled(self, connection: AsyncConnection) -> bool:
        """Whether the database, which has all tables, says so already."""
        return await _stored(connection) == replace(self, take_over_from="")

    async def check(self, connection: AsyncConnection) -> None:
        """Does nothing if the database belongs to nobody else. It may have any shape, or no tables yet.

        Raises:
            DatabaseTakenError: it belongs to another data directory.
        """
        if await connection.run_sync(lambda c: inspect(c).has_table(database_owner.name)):
            stored = await _stored(connection)
            if stored is not None and not self._may_follow(stored):
                raise DatabaseTakenError(stored.directory, self.directory)

    async def settle(self, connection: AsyncConnection) -> None:
        """Makes the database, which was checked in the same transaction and has all tables, say so."""
        before = await _stored(connection)
        if before is not None and before.directory.id != self.directory.id:
            _log.warning("database taken over", owner=str(before.directory))
        values = {
            "key": 1,
            "directory_id": self.directory.id,
            "path": self.directory.path,
            "host": self.directory.host,
            "is_inside": self.is_inside,
        }
        statement = insert_or_replace(database_owner, connection.dialect.name)
        await connection.execute(statement, values)

    def _may_follow(self, stored: Claim) -> bool:
        was_copied_here = stored.is_inside and self.is_inside
        return was_copied_here or stored.directory.id in {self.directory.id, self.take_over_from}


async def _stored(connection: AsyncConnection) -> Claim | None:
    row = (await connection.execute(select(database_owner))).mappings().one_or_none()
    if row is None:
        return None
    return Claim(DataDirectory(row["directory_id"], row["path"], row["host"]), row["is_inside"])


def _id_in(directory: Path) -> str:
    """What the file says, or, if it does not say anything, a new id that it says from now on."""
    with (directory / _ID_FILE).open("a+", encoding="ascii", errors="replace") as file:
        # Until the file is closed: another process may be doing the same.
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        known = file.read().strip()
        if not known:
            known = uuid4().hex
            file.write(f"{known}\n")
            file.flush()
            os.fsync(file.fileno())
    return known
