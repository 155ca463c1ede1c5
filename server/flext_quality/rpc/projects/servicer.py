"""ProjectService."""

from __future__ import annotations

from dataclasses import dataclass

import grpc

from flext.quality.v1 import project_service_pb2 as pb
from flext.quality.v1 import project_service_pb2_grpc as pb_grpc
from flext_quality.application.ports.records import ProjectOrder
from flext_quality.application.projects.create_project import CreateProject
from flext_quality.application.projects.delete_project import DeleteProject
from flext_quality.application.projects.read_projects import GetProject, ListProjects
from flext_quality.application.projects.update_project import UpdateProject
from flext_quality.domain.errors import invalid_field
from flext_quality.domain.identifiers import ProjectName
from flext_quality.rpc.field_masks import changed_fields
from flext_quality.rpc.page_tokens import make_token, read_token
from flext_quality.rpc.projects.mapping import project_to_proto, thresholds_from_proto

_UPDATABLE = ("display_name", "source", "thresholds")


@dataclass(frozen=True)
class ProjectServicer(pb_grpc.ProjectServiceServicer):
    """Decodes, calls the use case, encodes."""

    create_project: CreateProject
    get_project: GetProject
    list_projects: ListProjects
    update_project: UpdateProject
    delete_project: DeleteProject

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
            thresholds=(
                thresholds_from_proto(request.project)
                if request.project.HasField("thresholds")
                else None
            ),
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
        return pb.ListProjectsResponse(
            projects=[project_to_proto(project) for project in page.items],
            next_page_token=make_token(request, page.next_cursor),
        )

    async def UpdateProject(
        self,
        request: pb.UpdateProjectRequest,
        context: grpc.aio.ServicerContext[pb.UpdateProjectRequest, pb.UpdateProjectResponse],
    ) -> pb.UpdateProjectResponse:
        """See the contract."""
        paths = _changed_fields(request)
        name = ProjectName.parse(request.project.name, "project.name")
        project = await self.update_project(
            name,
            etag=request.project.etag,
            display_name=request.project.display_name if "display_name" in paths else None,
            local_path=request.project.source.local_path.path if "source" in paths else None,
            thresholds=thresholds_from_proto(request.project) if "thresholds" in paths else None,
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


def _changed_fields(request: pb.UpdateProjectRequest) -> frozenset[str]:
    """The fields to change.

    Raises:
        InvalidFieldError: the mask or the value of a field that it names is not acceptable.
    """
    paths = changed_fields(request.update_mask, _UPDATABLE)
    if "display_name" in paths and not request.project.display_name:
        raise invalid_field("project.display_name", "must not be empty")
    if "source" in paths and not request.project.HasField("source"):
        raise invalid_field("project.source", "is required, since update_mask names it")
    return paths
