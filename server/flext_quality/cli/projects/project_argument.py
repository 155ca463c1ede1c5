"""Finds the project that the user means: by its name, by its id, or by the path of its code."""

from __future__ import annotations

import os
from pathlib import Path

from flext.quality.v1.project_pb2 import Project
from flext_quality.cli.exit_codes import ExitCode
from flext_quality.cli.failures import CommandFailedError
from flext_quality_client import AsyncQualityClient, NotFoundError

_PREFIX = "projects/"


async def find_project(client: AsyncQualityClient, given: str) -> Project:
    """The project that `given` means: "projects/{project}", "{project}", or a path.

    What is a path on this machine, or looks like one, is a path; a relative one counts from here.

    Raises:
        CommandFailedError: NO_INPUT, if there is no such project.
    """
    path = _as_path(given)
    if path:
        async for project in client.projects.list(local_path=path, page_size=1):
            return project
        raise CommandFailedError(
            ExitCode.NO_INPUT,
            f"no project has its code at {path}",
            f'"flext-quality analyze {given}" makes it one',
        )
    name = given if given.startswith(_PREFIX) else _PREFIX + given
    return await _by_name(client, name, given)


def _as_path(given: str) -> str:
    """The absolute path that is meant; empty if it is no path."""
    is_there = Path(given).exists()
    looks_like_one = os.sep in given or given in {".", ".."}
    if is_there or (looks_like_one and not given.startswith(_PREFIX)):
        return os.path.abspath(given)  # noqa: PTH100  # Path.absolute keeps ".."
    return ""


async def _by_name(client: AsyncQualityClient, name: str, given: str) -> Project:
    from flext_quality.domain.identifiers import ProjectName

    try:
        ProjectName.parse(name)
        return await client.projects.get(name)
    except (ValueError, NotFoundError):
        raise CommandFailedError(
            ExitCode.NO_INPUT,
            f"there is no project {given!r}",
            'name it by its path, or as "flext-quality analyze" tells it: "projects/{project}"',
        ) from None
