"""Whether the database is there."""

from __future__ import annotations

from sqlalchemy import text

from flext_quality.domain.errors import QualityError
from flext_quality.domain.result import FlextResult
from flext_quality.infrastructure.persistence.engine import Database
from flext_quality.infrastructure.persistence.transaction import Transaction

_REVISION = text("SELECT version_num FROM alembic_version")


class DatabaseCheck:
    """The `HealthCheck` of the database: reads what every start wrote."""

    name = "database"
    is_vital = True

    def __init__(self, database: Database) -> None:
        self._database = database

    async def check(self) -> FlextResult[str]:
        """The revision. Fails with `StorageUnavailableError`."""
        reading = Transaction(self._database.reading, read_only=True)
        try:
            await reading.open()
            revision = await reading.value(_REVISION, {})
        except QualityError as error:
            return FlextResult.fail(error)
        finally:
            await reading.close()
        return FlextResult.ok(f"{reading.dialect}, revision {revision}")
