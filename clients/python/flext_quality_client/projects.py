"""The project that stands for a path."""

from __future__ import annotations

import os
import uuid

from flext.quality.v1.project_pb2 import LocalPath, Project, Source
from flext.quality.v1.project_service_pb2 import CreateProjectRequest

PATH_NAMESPACE = uuid.UUID("7ad0ba98-8d97-4271-b8ab-4b4d64c75caa")
"""Makes a path into the same request id everywhere. Chosen once; never changes."""


def absolute(path: str | os.PathLike[str]) -> str:
    """`path` as the server stores it: absolute, without "." or "..", links left as they are."""
    return os.path.abspath(path)  # noqa: PTH100  # Path.absolute keeps ".."


def create_request(
    path: str,
    *,
    display_name: str = "",
    project_id: str = "",
    request_id: str = "",
    details: Project | None = None,
) -> CreateProjectRequest:
    """Asks for a project; an empty `request_id` becomes a new one."""
    project = Project()
    if details is not None:
        project.CopyFrom(details)
    source = Source(local_path=LocalPath(path=path))
    project.MergeFrom(Project(display_name=display_name, source=source))
    return CreateProjectRequest(
        project=project,
        project_id=project_id,
        request_id=request_id or str(uuid.uuid4()),
    )


def register_request(path: str) -> CreateProjectRequest:
    """Asks for a project of `path`, so that two clients who ask at once get the same one."""
    return create_request(path, request_id=str(uuid.uuid5(PATH_NAMESPACE, path)))


def is_of_path(project: Project, path: str) -> bool:
    """Whether `project`, which `register_request(path)` gave, is still one of `path`.

    It is not if it was registered like this once and moved to another path later.
    """
    return project.source.local_path.path in (path, os.path.realpath(path))
