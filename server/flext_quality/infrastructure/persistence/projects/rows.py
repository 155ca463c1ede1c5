"""Projects as rows, and back."""

from __future__ import annotations

import msgspec
from sqlalchemy import RowMapping

from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.projects.project import Project, Thresholds
from flext_quality.infrastructure.persistence.gates import codec as gate_codec
from flext_quality.infrastructure.persistence.rows import Values

_thresholds_decoder = msgspec.json.Decoder(Thresholds)


def project_values(project: Project) -> Values:
    """A project's row. Thresholds that are the defaults follow them into later versions."""
    thresholds = project.thresholds
    return {
        "project_id": project.name.project_id,
        "display_name": project.display_name,
        "local_path": project.local_path,
        "created_at": project.created_at,
        "updated_at": project.updated_at,
        "version": project.version,
        "last_sequence": project.last_sequence,
        "gate": gate_codec.encode(project.gate) if project.gate else None,
        "gate_version": project.gate_version,
        "thresholds": None
        if thresholds == Thresholds()
        else msgspec.json.encode(thresholds).decode(),
    }


def project_from(row: RowMapping) -> Project:
    """The project of a row."""
    thresholds = row["thresholds"]
    return Project(
        name=ProjectName(row["project_id"]),
        display_name=row["display_name"],
        local_path=row["local_path"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        version=row["version"],
        last_sequence=row["last_sequence"],
        gate=gate_codec.decode(row["gate"]) if row["gate"] else None,
        gate_version=row["gate_version"],
        thresholds=_thresholds_decoder.decode(thresholds) if thresholds else Thresholds(),
    )
