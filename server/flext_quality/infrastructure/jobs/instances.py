"""Tells which server processes on this machine are alive, by locks that the system drops with them."""

from __future__ import annotations

import fcntl
import os
import re
from pathlib import Path
from typing import Self

_ID = re.compile(r"[0-9a-z]{1,64}")


class Instance:
    """This process's entry among the server instances that share a data directory.

    The lock on the entry's file is held as long as the process lives, however it ends.
    """

    def __init__(self, directory: Path, instance_id: str) -> None:
        """`directory` is made if it is missing; `instance_id` is new."""
        directory.mkdir(parents=True, exist_ok=True)
        self.id = instance_id
        self._directory = directory
        self._path = self._file_of(instance_id)
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._path.unlink(missing_ok=True)
        os.close(self._descriptor)

    def is_alive(self, instance_id: str) -> bool:
        """Whether the process with that entry lives; removes the entry of a dead one."""
        if instance_id == self.id:
            return True
        if not _ID.fullmatch(instance_id):
            return False
        path = self._file_of(instance_id)
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        else:
            path.unlink(missing_ok=True)
            return False
        finally:
            os.close(descriptor)

    def _file_of(self, instance_id: str) -> Path:
        return self._directory / f"{instance_id}.lock"
