"""ProjectService."""

from __future__ import annotations

from dataclasses import dataclass

import grpc

from flext.quality.v1 import project_service_pb2 as pb
from flext.quality.v1 import project_service_pb2_grpc as pb_grpc
from flext_quality.application.ports.records import ProjectOrder
from flext_quality.application.projects.create_project import CreateProject
from flext_quality.application.projects.delete_branch import DeleteBranch
from flext_quality.application.projects.delete_project import DeleteProject
from flext_quality.application.projects.list_branches import ListBranches
from flext_quality.application.projects.read_projects import GetProject, ListProjects
from flext_quality.application.projects.update_project import UpdateProject
from flext_quality.domain.errors import invalid_field
from flext_quality.domain.identifiers import ProjectName
from flext_quality.rpc.page_tokens import read_token
from flext_quality.rpc.pages import encoded_page
from flext_quality.rpc.projects.mapping import (
    branch_to_proto,
    changes_from_proto,
    details_from_proto,
    project_to_proto,
)


@dataclass(frozen=True)
class ProjectServicer(pb_grpc.ProjectServiceServicer):
    """Decodes, calls the use case, encodes."""

    create_project: CreateProject
    get_project: GetProject
    list_projects: ListProjects
    update_project: UpdateProject
    delete_project: DeleteProject
    list_branches: ListBranches
    delete_branch: DeleteBranch

    async def CreateProject(
        self,
        request: pb.CreateProjectRequest,
        context: grpc.aio.ServicerContext[pb.CreateProjectRequest, pb.CreateProjectResponse],
    ) -> pb.CreateProjectResponse:
        """See the contract."""
        if not request.project.HasField("source"):
            raise invalid_field("project.source", "is required")
        project = await self.create_project(
            project_id=request.project_id,
            display_name=request.project.display_name,
            local_path=request.project.source.local_path.path,
            request_id=request.request_id,
            **details_from_proto(request.project),
        )
        return pb.CreateProjectResponse(project=project_to_proto(project))

    async def GetProject(
        self,
        request: pb.GetProjectRequest,
        context: grpc.aio.ServicerContext[pb.GetProjectRequest, pb.GetProjectResponse],
    ) -> pb.GetProjectResponse:
        """See the contract."""
        project = await self.get_project(ProjectName.parse(request.name))
        return pb.GetProjectResponse(project=project_to_proto(project))

    async def ListProjects(
        self,
        request: pb.ListProjectsRequest,
        context: grpc.aio.ServicerContext[pb.ListProjectsRequest, pb.ListProjectsResponse],
    ) -> pb.ListProjectsResponse:
        """See the contract."""
        page = await self.list_projects(
            page_size=request.page_size,
            cursor=read_token(request, "page_token"),
            local_path=request.local_path,
            order=ProjectOrder(request.order_by or ProjectOrder.CREATE_TIME),
        )
        projects, token = encoded_page(request, page, project_to_proto)
        return pb.ListProjectsResponse(projects=projects, next_page_token=token)

    async def UpdateProject(
        self,
        request: pb.UpdateProjectRequest,
        context: grpc.aio.ServicerContext[pb.UpdateProjectRequest, pb.UpdateProjectResponse],
    ) -> pb.UpdateProjectResponse:
        """See the contract."""
        project = await self.update_project(
            ProjectName.parse(request.project.name, "project.name"),
            etag=request.project.etag,
            **changes_from_proto(request),
        )
        return pb.UpdateProjectResponse(project=project_to_proto(project))

    async def DeleteProject(
        self,
        request: pb.DeleteProjectRequest,
        context: grpc.aio.ServicerContext[pb.DeleteProjectRequest, pb.DeleteProjectResponse],
    ) -> pb.DeleteProjectResponse:
        """See the contract."""
        await self.delete_project(ProjectName.parse(request.name), etag=request.etag)
        return pb.DeleteProjectResponse()

    async def ListBranches(
        self,
        request: pb.ListBranchesRequest,
        context: grpc.aio.ServicerContext[pb.ListBranchesRequest, pb.ListBranchesResponse],
    ) -> pb.ListBranchesResponse:
        """See the contract."""
        page = await self.list_branches(
            ProjectName.parse(request.parent, "parent"),
            page_size=request.page_size,
            cursor=read_token(request, "page_token"),
        )
        branches, following = encoded_page(request, page, branch_to_proto)
        return pb.ListBranchesResponse(branches=branches, next_page_token=following)

    async def DeleteBranch(
        self,
        request: pb.DeleteBranchRequest,
        context: grpc.aio.ServicerContext[pb.DeleteBranchRequest, pb.DeleteBranchResponse],
    ) -> pb.DeleteBranchResponse:
        """See the contract."""
        await self.delete_branch(ProjectName.parse(request.parent, "parent"), request.branch)
        return pb.DeleteBranchResponse()
