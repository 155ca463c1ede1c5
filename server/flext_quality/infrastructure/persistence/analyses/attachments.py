"""What clients sent along with analyses."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, select

from flext_quality.domain.analyses.attachment import Attachment, AttachmentKind
from flext_quality.domain.identifiers import AnalysisName
from flext_quality.infrastructure.persistence.tables import attachments as table
from flext_quality.infrastructure.persistence.transaction import Transaction

_ADD = table.insert()
_OF_ANALYSIS = (
    select(table.c.kind, table.c.name, table.c.content)
    .where(table.c.project_id == bindparam("project"), table.c.analysis_id == bindparam("analysis"))
    .order_by(table.c.position)
)


class SqlAttachmentRepository:
    """Keeps attachments, a row for each. `SqlAnalysisRepository.save` removes them."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, analysis: AnalysisName, attachments: Sequence[Attachment]) -> None:
        """Stores the attachments of a new analysis."""
        for position, attachment in enumerate(attachments, 1):
            values = {
                "project_id": analysis.project_id,
                "analysis_id": analysis.analysis_id,
                "position": position,
                "kind": int(attachment.kind),
                "name": attachment.name,
                "content": attachment.content,
            }
            await self._transaction.write(_ADD, values)

    async def of(self, analysis: AnalysisName) -> tuple[Attachment, ...]:
        """The analysis's attachments as they were sent."""
        key = {"project": analysis.project_id, "analysis": analysis.analysis_id}
        rows = await self._transaction.rows(_OF_ANALYSIS, key)
        return tuple(
            Attachment(AttachmentKind(row["kind"]), row["name"], row["content"]) for row in rows
        )
