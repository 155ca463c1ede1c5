"""The request ids of creating calls."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from flext_quality.application.ports.records import StoredRequest
from flext_quality.domain.identifiers import ProjectName
from flext_quality.infrastructure.persistence.tables import requests
from flext_quality.infrastructure.persistence.transaction import Transaction

_GET = select(requests).where(requests.c.request_id == bindparam("id"))
_ADD = requests.insert()


class SqlRequestRepository:
    """Remembers answered calls."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def get(self, request_id: str) -> StoredRequest | None:
        """The call answered under this id."""
        row = await self._transaction.row(_GET, {"id": request_id})
        if row is None:
            return None
        return StoredRequest(
            row["request_id"],
            row["fingerprint"],
            row["result_name"],
            ProjectName(row["project_id"]),
        )

    async def add(self, request: StoredRequest) -> None:
        """Remembers a call under a new id."""
        values = {
            "request_id": request.request_id,
            "fingerprint": request.fingerprint,
            "result_name": request.result_name,
            "project_id": request.project.project_id,
        }
        await self._transaction.write(_ADD, values)
