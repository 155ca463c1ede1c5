"""Whether the data directory can be used."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path

from flext_quality.domain.errors import StorageUnavailableError
from flext_quality.domain.result import FlextResult

MIN_FREE_BYTES = 64 * 1024**2
"""With less, a working copy or a transaction will not fit soon."""


class DataDirectoryCheck:
    """The `HealthCheck` of the data directory: something can be written, and there is room."""

    name = "data_directory"
    is_vital = True

    def __init__(self, directory: Path, min_free_bytes: int = MIN_FREE_BYTES) -> None:
        self._directory = directory
        self._min_free_bytes = min_free_bytes

    async def check(self) -> FlextResult[str]:
        """How much is free. Fails with `StorageUnavailableError`."""
        try:
            free = await asyncio.to_thread(self._free_bytes)
        except OSError:
            return FlextResult.fail(StorageUnavailableError())
        if free < self._min_free_bytes:
            return FlextResult.fail(StorageUnavailableError())
        return FlextResult.ok(f"{free // 1024**2} MiB free")

    def _free_bytes(self) -> int:
        with tempfile.TemporaryFile(dir=self._directory) as file:
            file.write(b"x")
            file.flush()
        return shutil.disk_usage(self._directory).free
