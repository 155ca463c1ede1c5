"""Fixtures for tests of programs that use the service.

A conftest.py asks for them with `pytest_plugins = ["flext_quality.pytest_fixtures"]`; pytest comes with the
extra `flext-quality[testing]`. A part of `flext_quality.testing` that stands apart, since it alone imports
pytest. What the fixtures need is imported when a test asks for one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from flext_quality.testing.live import LiveServer
    from flext_quality_client import QualityClient


@pytest.fixture(scope="session")
def quality_settings() -> dict[str, Any]:
    """Settings of the live server by field name, to be overridden in a conftest.py."""
    return {}


@pytest.fixture(scope="session")
def quality_server(
    tmp_path_factory: pytest.TempPathFactory, quality_settings: dict[str, Any]
) -> Iterator[LiveServer]:
    """A live server for the whole run, with the real analyzers; `address` is what clients connect to.

    It may analyze whatever lies below pytest's temporary directory, as `tmp_path` does.
    """
    from flext_quality.testing.live import LiveServer, live_settings

    data_dir = tmp_path_factory.mktemp("quality-server")
    allowed = tmp_path_factory.getbasetemp().resolve()
    server = LiveServer(live_settings(data_dir, allowed, **quality_settings))
    yield server
    server.stop()


@pytest.fixture
def quality_client(quality_server: LiveServer) -> Iterator[QualityClient]:
    """A client of the live server."""
    from flext_quality_client import QualityClient

    with QualityClient(quality_server.address) as client:
        yield client
