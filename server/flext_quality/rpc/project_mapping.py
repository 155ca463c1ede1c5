"""Projects between the domain and protobuf."""

from __future__ import annotations

from flext.quality.v1 import project_pb2
from flext_quality.domain.project import Project
from flext_quality.rpc.values_mapping import timestamp


def project_to_proto(project: Project) -> project_pb2.Project:
    """The message of a project."""
    return project_pb2.Project(
        name=str(project.name),
        display_name=project.display_name,
        source=project_pb2.Source(local_path=project_pb2.LocalPath(path=project.local_path)),
        create_time=timestamp(project.created_at),
        update_time=timestamp(project.updated_at),
        etag=project.etag,
    )
