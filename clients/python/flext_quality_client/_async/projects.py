"""Projects: create, get, list, update, delete, the one that stands for a path; and their branches."""

from __future__ import annotations

import os
from collections.abc import Iterable

from google.protobuf.field_mask_pb2 import FieldMask

from flext.quality.v1.branch_pb2 import Branch
from flext.quality.v1.project_pb2 import Project
from flext.quality.v1.project_service_pb2 import (
    CreateProjectRequest,
    DeleteBranchRequest,
    DeleteProjectRequest,
    GetProjectRequest,
    ListBranchesRequest,
    ListProjectsRequest,
    UpdateProjectRequest,
)
from flext.quality.v1.project_service_pb2_grpc import ProjectServiceStub
from flext_quality_client._async.transport import AsyncTransport
from flext_quality_client._async.wire import Stream
from flext_quality_client.projects import absolute, create_request, is_of_path, register_request

Path = str | os.PathLike[str]


class AsyncProjects:
    """The server's projects. Each method raises the errors that the contract names for its RPC."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._calls = transport
        self._stub = ProjectServiceStub(transport.channel)

    async def create(
        self,
        path: Path,
        *,
        display_name: str = "",
        project_id: str = "",
        request_id: str = "",
        details: Project | None = None,
    ) -> Project:
        """Registers the code at `path` on the server's machine.

        A relative path counts from here. Without a `project_id` the server makes one. The same
        `request_id` and content again answer with the same project. `details` has what else there is to
        say: description, owner, labels, repository URL, thresholds.
        """
        return await self._create(
            create_request(
                absolute(path),
                display_name=display_name,
                project_id=project_id,
                request_id=request_id,
                details=details,
            )
        )

    async def get(self, name: str) -> Project:
        """The project called `name`, "projects/{project}"."""
        response = await self._calls.unary(self._stub.GetProject, GetProjectRequest(name=name))
        return response.project

    async def list(
        self, *, local_path: str = "", order_by: str = "", page_size: int = 0
    ) -> Stream[Project]:
        """All projects, or those of exactly one path, fetched page by page while they are used."""
        request = ListProjectsRequest(local_path=local_path, order_by=order_by, page_size=page_size)
        async for page in self._calls.pages(self._stub.ListProjects, request):
            for project in page.projects:
                yield project

    async def update(self, project: Project, fields: Iterable[str]) -> Project:
        """Changes the named fields ("display_name", "owner", "*" for all) to those of `project`.

        With its etag the change is made only if nobody else changed the project in between. Such a
        call is not repeated by itself: the first try may have got through and changed the etag.
        """
        request = UpdateProjectRequest(project=project, update_mask=FieldMask(paths=fields))
        response = await self._calls.unary(
            self._stub.UpdateProject, request, repeatable=not project.etag
        )
        return response.project

    async def delete(self, name: str, *, etag: str = "") -> None:
        """Removes a project with all its analyses. Not repeated by itself: see `update`."""
        request = DeleteProjectRequest(name=name, etag=etag)
        await self._calls.unary(self._stub.DeleteProject, request, repeatable=False)

    async def branches(self, project: str, *, page_size: int = 0) -> Stream[Branch]:
        """The branches of "projects/{project}", page by page while they are used: the main line first."""
        request = ListBranchesRequest(parent=project, page_size=page_size)
        async for page in self._calls.pages(self._stub.ListBranches, request):
            for branch in page.branches:
                yield branch

    async def delete_branch(self, project: str, branch: str) -> None:
        """Removes a branch with its analyses and metrics, and the issues that were never seen elsewhere.

        Not repeated by itself: the first try may have got through.
        """
        request = DeleteBranchRequest(parent=project, branch=branch)
        await self._calls.unary(self._stub.DeleteBranch, request, repeatable=False)

    async def of_path(self, path: Path) -> Project:
        """The oldest project of `path`; registers it if there is none."""
        local_path = absolute(path)
        async for project in self.list(local_path=local_path, page_size=1):
            return project
        project = await self._create(register_request(local_path))
        if is_of_path(project, local_path):
            return project
        return await self._create(create_request(local_path))

    async def _create(self, request: CreateProjectRequest) -> Project:
        response = await self._calls.unary(self._stub.CreateProject, request)
        return response.project
