"""The projects."""

from __future__ import annotations

from sqlalchemy import Select, and_, bindparam, or_, select

from flext_quality.application.ports.records import ProjectOrder
from flext_quality.domain.errors import ProjectAlreadyExistsError, ProjectNotFoundError
from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.projects.project import Project
from flext_quality.domain.result import FlextResult
from flext_quality.infrastructure.persistence.engine import insert_if_absent
from flext_quality.infrastructure.persistence.events.repository import append
from flext_quality.infrastructure.persistence.projects.rows import project_from, project_values
from flext_quality.infrastructure.persistence.tables import events, metadata, projects
from flext_quality.infrastructure.persistence.transaction import Transaction

_GET = select(projects).where(projects.c.project_id == bindparam("id"))
_GET_FOR_UPDATE = _GET.with_for_update()
_SAVE = projects.update().where(projects.c.project_id == bindparam("id"))

_OF_PROJECT = bindparam("id", type_=projects.c.project_id.type)
_DELETE = [
    table.delete().where(table.c.project_id == _OF_PROJECT)
    # In an order that the foreign keys permit.
    for table in reversed(metadata.sorted_tables)
    if "project_id" in table.c
]
_DELETE_EVENTS_BELOW = events.delete().where(
    events.c.subject > bindparam("first"), events.c.subject < bindparam("end")
)

_ORDER = {
    ProjectOrder.CREATE_TIME: (projects.c.created_at, False),
    ProjectOrder.CREATE_TIME_DESC: (projects.c.created_at, True),
    ProjectOrder.DISPLAY_NAME: (projects.c.display_name, False),
    ProjectOrder.DISPLAY_NAME_DESC: (projects.c.display_name, True),
}


class SqlProjectRepository:
    """Keeps projects, a row for each."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, project: Project) -> FlextResult[None]:
        """Stores a new project and its events."""
        insert = insert_if_absent(projects, self._transaction.dialect)
        if not await self._transaction.write(insert, project_values(project)):
            return FlextResult.fail(ProjectAlreadyExistsError(str(project.name)))
        await append(self._transaction, project.take_events())
        return FlextResult.ok(None)

    async def get(self, name: ProjectName, *, for_update: bool = False) -> FlextResult[Project]:
        """One project, locked until the end of the unit of work with `for_update`."""
        statement = _GET_FOR_UPDATE if for_update else _GET
        row = await self._transaction.row(statement, {"id": name.project_id})
        if row is None:
            return FlextResult.fail(ProjectNotFoundError(str(name)))
        return FlextResult.ok(project_from(row))

    async def save(self, project: Project) -> None:
        """Stores a changed project and its new events."""
        values = project_values(project)
        if not await self._transaction.write(_SAVE, {"id": values.pop("project_id"), **values}):
            raise LookupError(f"{project.name} was changed but never added")
        await append(self._transaction, project.take_events())

    async def delete(self, project: Project) -> None:
        """Removes the project and all that belongs to it, but for its own events."""
        await append(self._transaction, project.take_events())
        own = {"id": project.name.project_id}
        for delete in _DELETE:
            await self._transaction.write(delete, own)
        # "0" is the character after "/".
        below = {"first": f"{project.name}/", "end": f"{project.name}0"}
        await self._transaction.write(_DELETE_EVENTS_BELOW, below)

    async def list(
        self,
        *,
        limit: int,
        after: ProjectName | None = None,
        local_path: str = "",
        order: ProjectOrder = ProjectOrder.CREATE_TIME,
    ) -> list[Project]:
        """At most `limit` projects after `after`."""
        statement = _ordered(order).limit(limit)
        if local_path:
            statement = statement.where(projects.c.local_path == local_path)
        if after is not None:
            statement = _following(statement, order, after)
        return [project_from(row) for row in await self._transaction.rows(statement, {})]


def _ordered(order: ProjectOrder) -> Select[tuple[object, ...]]:
    column, descending = _ORDER[order]
    return select(projects).order_by(column.desc() if descending else column, projects.c.project_id)


def _following(
    statement: Select[tuple[object, ...]], order: ProjectOrder, after: ProjectName
) -> Select[tuple[object, ...]]:
    """Only what comes after `after`. If that is gone, its place is NULL, and nothing compares."""
    column, descending = _ORDER[order]
    place = select(column).where(projects.c.project_id == after.project_id).scalar_subquery()
    beyond = column < place if descending else column > place
    tied = and_(column == place, projects.c.project_id > after.project_id)
    return statement.where(or_(beyond, tied))
