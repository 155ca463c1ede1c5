"""Projects: create, get, list, update, delete, and the one that stands for a path."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterable, Iterator

from flext.quality.v1.project_pb2 import Project
from flext.quality.v1.project_service_pb2 import (
    CreateProjectRequest,
    DeleteProjectRequest,
    GetProjectRequest,
)
from flext.quality.v1.project_service_pb2_grpc import ProjectServiceStub
from flext_quality_client import requests
from flext_quality_client.transport import Transport
from flext_quality_client.transport_aio import AsyncTransport

Path = str | os.PathLike[str]


class Projects:
    """The server's projects. Each method raises the errors that the contract names for its RPC."""

    def __init__(self, transport: Transport) -> None:
        self._calls = transport
        self._stub = ProjectServiceStub(transport.channel)

    def create(
        self, path: Path, *, display_name: str = "", project_id: str = "", request_id: str = ""
    ) -> Project:
        """Registers the code at `path` on the server's machine.

        A relative path counts from here. Without a `project_id` the server makes one. The same
        `request_id` and content again answer with the same project.
        """
        return self._create(
            requests.create_project(requests.absolute(path), display_name, project_id, request_id)
        )

    def get(self, name: str) -> Project:
        """The project called `name`, "projects/{project}"."""
        return self._calls.unary(self._stub.GetProject, GetProjectRequest(name=name)).project

    def list(
        self, *, local_path: str = "", order_by: str = "", page_size: int = 0
    ) -> Iterator[Project]:
        """All projects, or those of exactly one path, fetched page by page while they are used."""
        request = requests.list_projects(local_path, order_by, page_size)
        for page in self._calls.pages(self._stub.ListProjects, request):
            yield from page.projects

    def update(self, project: Project, fields: Iterable[str]) -> Project:
        """Changes the named fields ("display_name", "source", "*") to those of `project`.

        With its etag the change is made only if nobody else changed the project in between. Such a
        call is not repeated by itself: the first try may have got through and changed the etag.
        """
        request = requests.update_project(project, fields)
        return self._calls.unary(
            self._stub.UpdateProject, request, repeatable=not project.etag
        ).project

    def delete(self, name: str, *, etag: str = "") -> None:
        """Removes a project with all its analyses. Not repeated by itself: see `update`."""
        request = DeleteProjectRequest(name=name, etag=etag)
        self._calls.unary(self._stub.DeleteProject, request, repeatable=False)

    def of_path(self, path: Path) -> Project:
        """The oldest project of `path`; registers it if there is none."""
        absolute = requests.absolute(path)
        for project in self.list(local_path=absolute, page_size=1):
            return project
        project = self._create(requests.register(absolute))
        if requests.is_of_path(project, absolute):
            return project
        return self._create(requests.create_project(absolute))

    def _create(self, request: CreateProjectRequest) -> Project:
        return self._calls.unary(self._stub.CreateProject, request).project


class AsyncProjects:
    """As `Projects`, for asyncio."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._calls = transport
        self._stub = ProjectServiceStub(transport.channel)

    async def create(
        self, path: Path, *, display_name: str = "", project_id: str = "", request_id: str = ""
    ) -> Project:
        """As `Projects.create`."""
        return await self._create(
            requests.create_project(requests.absolute(path), display_name, project_id, request_id)
        )

    async def get(self, name: str) -> Project:
        """As `Projects.get`."""
        response = await self._calls.unary(self._stub.GetProject, GetProjectRequest(name=name))
        return response.project

    async def list(
        self, *, local_path: str = "", order_by: str = "", page_size: int = 0
    ) -> AsyncIterator[Project]:
        """As `Projects.list`."""
        request = requests.list_projects(local_path, order_by, page_size)
        async for page in self._calls.pages(self._stub.ListProjects, request):
            for project in page.projects:
                yield project

    async def update(self, project: Project, fields: Iterable[str]) -> Project:
        """As `Projects.update`."""
        request = requests.update_project(project, fields)
        response = await self._calls.unary(
            self._stub.UpdateProject, request, repeatable=not project.etag
        )
        return response.project

    async def delete(self, name: str, *, etag: str = "") -> None:
        """As `Projects.delete`."""
        request = DeleteProjectRequest(name=name, etag=etag)
        await self._calls.unary(self._stub.DeleteProject, request, repeatable=False)

    async def of_path(self, path: Path) -> Project:
        """As `Projects.of_path`."""
        absolute = requests.absolute(path)
        async for project in self.list(local_path=absolute, page_size=1):
            return project
        project = await self._create(requests.register(absolute))
        if requests.is_of_path(project, absolute):
            return project
        return await self._create(requests.create_project(absolute))

    async def _create(self, request: CreateProjectRequest) -> Project:
        return (await self._calls.unary(self._stub.CreateProject, request)).project
