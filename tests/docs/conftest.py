from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flext_quality.infrastructure.security.secret_box import new_key
from flext_quality.testing.live import LiveServer
from flext_quality_client import QualityClient
from tests.docs.stage import Stage
from tests.hooks import HookServer


@pytest.fixture(scope="session")
def quality_settings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The live server may tell the tests' own HTTP servers what happens."""
    return {
        "security": {
            "allowed_project_paths": [tmp_path_factory.getbasetemp().resolve()],
            "secret_encryption_key": new_key(),
            "allowed_internal_hosts": ["127.0.0.1"],
        }
    }


@pytest.fixture(scope="session")
def hooks() -> Iterator[HookServer]:
    """Takes webhooks."""
    with HookServer().running() as server:
        yield server


@pytest.fixture
def stage(tmp_path: Path, quality_server: LiveServer, hooks: HookServer) -> Iterator[Stage]:
    """What the pages take for granted. The server has no project before and after."""
    variables = {
        "FLEXT_API_SECURITY__SECRET_ENCRYPTION_KEY": new_key(),
        "FLEXT_API_SECURITY__ALLOWED_INTERNAL_HOSTS": '["127.0.0.1"]',
    }
    stage = Stage(tmp_path, quality_server.address, hooks, variables)
    stage.set()
    yield stage
    with QualityClient(stage.address) as client:
        for project in client.projects.list():
            client.projects.delete(project.name)
