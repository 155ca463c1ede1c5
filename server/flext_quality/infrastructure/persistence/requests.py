"""The request ids of answered calls."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import bindparam, select

from flext_quality.application.ports.records import StoredRequest
from flext_quality.domain.identifiers import ProjectName
from flext_quality.infrastructure.persistence.tables import requests
from flext_quality.infrastructure.persistence.transaction import Transaction

_IS_IT = (requests.c.scope == bindparam("in_scope"), requests.c.request_id == bindparam("id"))
_GET = select(requests).where(*_IS_IT)
_HAS_EXPIRED = requests.c.time <= bindparam("before", type_=requests.c.time.type)
_OLD = select(requests.c.scope, requests.c.request_id).where(_HAS_EXPIRED).limit(bindparam("most"))
_ADD = requests.insert()
_FORGET_EXPIRED = requests.delete().where(*_IS_IT, _HAS_EXPIRED)
_FORGET = requests.delete().where(*_IS_IT)


class SqlRequestRepository:
    """Remembers answered calls."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def get(self, scope: str, request_id: str) -> StoredRequest | None:
        """The call answered under this id; who may write makes others who may wait for that."""
        if not self._transaction.read_only:
            await self._transaction.lock(f"request {scope} {request_id}")
        row = await self._transaction.row(_GET, {"in_scope": scope, "id": request_id})
        if row is None:
            return None
        return StoredRequest(
            row["scope"],
            row["request_id"],
            row["fingerprint"],
            row["result"],
            ProjectName(row["project_id"]),
            row["time"],
        )

    async def put(self, request: StoredRequest, *, expired: datetime) -> None:
        """Remembers a call, instead of an expired one under its id."""
        values = {**asdict(request), "project_id": request.project.project_id}
        del values["project"]
        key = {"in_scope": request.scope, "id": request.request_id, "before": expired}
        await self._transaction.write(_FORGET_EXPIRED, key)
        await self._transaction.write(_ADD, values)

    async def forget(self, before: datetime, *, limit: int) -> int:
        """Removes calls that were answered at this time or earlier."""
        rows = await self._transaction.rows(_OLD, {"before": before, "most": limit})
        for row in rows:
            key = {"in_scope": row["scope"], "id": row["request_id"]}
            await self._transaction.write(_FORGET, key)
        return len(rows)
