"""Brings what is committed from SQLite's write-ahead log into the file, beside the writers.

SQLite does so within a commit, whenever the log has become long: after an analysis with tens of thousands
of findings that commit takes 0.2 s, which all writers wait for. A PASSIVE checkpoint keeps nobody waiting.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import suppress
from pathlib import Path

_LONG_LOG_BYTES = 4 * 1024**2
"""A log that is not longer stays as it is. A longer one shrinks to this when it begins anew."""

_VERY_LONG_LOG_PAGES = 50_000
"""So far the log grows at most before a commit does the work: should this thread be late, or gone."""

_PAUSE_SECONDS = 0.1


class Checkpoints:
    """A thread that does them, from the first long log on."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._log = Path(f"{path}-wal")
        self._wanted = threading.Event()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def prepare(self, connection: sqlite3.Connection) -> None:
        """Tells a writer's connection to leave them to the thread."""
        connection.execute(f"PRAGMA wal_autocheckpoint = {_VERY_LONG_LOG_PAGES}")
        connection.execute(f"PRAGMA journal_size_limit = {_LONG_LOG_BYTES}")

    def committed(self) -> None:
        """To be called after every commit, from one thread."""
        try:
            if self._log.stat().st_size <= _LONG_LOG_BYTES:
                return
        except OSError:
            return  # whoever reads or writes next says what is wrong
        self._wanted.set()
        if self._thread is None and not self._closed.is_set():
            self._thread = threading.Thread(target=self._run, name="checkpoints", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Waits until the one that is under way is over."""
        self._closed.set()
        self._wanted.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while True:
            self._wanted.wait()
            self._wanted.clear()
            if self._closed.is_set():
                return
            # Of no consequence: the next commit asks again.
            with suppress(sqlite3.Error):
                self._checkpoint()
            # Where a reader keeps the log from beginning anew, every commit asks.
            self._closed.wait(_PAUSE_SECONDS)

    def _checkpoint(self) -> None:
        connection = sqlite3.connect(self._path, isolation_level=None)
        try:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        finally:
            connection.close()
