"""Builds requests, so that both clients ask in the same words."""

from __future__ import annotations

import os
import uuid
from collections.abc import Collection, Iterable

from google.protobuf.field_mask_pb2 import FieldMask

from flext.quality.v1.analysis_pb2 import AnalysisState
from flext.quality.v1.analysis_service_pb2 import (
    Attachment,
    FindingFilter,
    ListAnalysesRequest,
    ListFindingsRequest,
    StartAnalysisRequest,
)
from flext.quality.v1.project_pb2 import LocalPath, Project, Source
from flext.quality.v1.project_service_pb2 import (
    CreateProjectRequest,
    ListProjectsRequest,
    UpdateProjectRequest,
)
from flext.quality.v1.severity_pb2 import Severity

PATH_NAMESPACE = uuid.UUID("7ad0ba98-8d97-4271-b8ab-4b4d64c75caa")
"""Makes a path into the same request id everywhere. Chosen once; never changes."""


def absolute(path: str | os.PathLike[str]) -> str:
    """`path` as the server stores it: absolute, without "." or "..", links left as they are."""
    return os.path.abspath(path)  # noqa: PTH100  # Path.absolute keeps ".."


def create_project(
    path: str, display_name: str = "", project_id: str = "", request_id: str = ""
) -> CreateProjectRequest:
    """Asks for a project; an empty `request_id` becomes a new one."""
    return CreateProjectRequest(
        project=Project(display_name=display_name, source=Source(local_path=LocalPath(path=path))),
        project_id=project_id,
        request_id=request_id or str(uuid.uuid4()),
    )


def register(path: str) -> CreateProjectRequest:
    """Asks for a project of `path`, so that two clients who ask at once get the same one."""
    return create_project(path, request_id=str(uuid.uuid5(PATH_NAMESPACE, path)))


def is_of_path(project: Project, path: str) -> bool:
    """Whether `project`, which `register(path)` gave, is still one of `path`.

    It is not if it was registered like this once and moved to another path later.
    """
    return project.source.local_path.path in (path, os.path.realpath(path))


def list_projects(local_path: str, order_by: str, page_size: int) -> ListProjectsRequest:
    """Asks for the first page of projects."""
    return ListProjectsRequest(local_path=local_path, order_by=order_by, page_size=page_size)


def update_project(project: Project, fields: Iterable[str]) -> UpdateProjectRequest:
    """Asks to change the named fields."""
    return UpdateProjectRequest(project=project, update_mask=FieldMask(paths=fields))


def start_analysis(
    project: str,
    analyzers: Iterable[str] = (),
    request_id: str = "",
    attachments: Iterable[Attachment] = (),
) -> StartAnalysisRequest:
    """Asks for an analysis; an empty `request_id` becomes a new one."""
    return StartAnalysisRequest(
        parent=project,
        analyzers=analyzers,
        request_id=request_id or str(uuid.uuid4()),
        attachments=attachments,
    )


def list_analyses(
    project: str, states: Collection[AnalysisState], page_size: int
) -> ListAnalysesRequest:
    """Asks for the first page of a project's analyses."""
    return ListAnalysesRequest(parent=project, states=states, page_size=page_size)


def list_findings(
    analysis: str, wanted: FindingFilter | None, page_size: int, page_token: str
) -> ListFindingsRequest:
    """Asks for a page of findings."""
    return ListFindingsRequest(
        parent=analysis, filter=wanted, page_size=page_size, page_token=page_token
    )


def finding_filter(
    *,
    analyzers: Iterable[str] = (),
    severities: Iterable[Severity] = (),
    rules: Iterable[str] = (),
    path_prefix: str = "",
) -> FindingFilter:
    """Which findings are wanted: those that everything given here lets pass."""
    return FindingFilter(
        analyzers=analyzers, severities=severities, rules=rules, path_prefix=path_prefix
    )
