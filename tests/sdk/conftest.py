from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from flext_quality_client import ClientOptions
from tests.sdk.flavours import FLAVOURS, Connect, connect_async, connect_sync
from tests.sdk.scripted_server import Script, start_server


@pytest.fixture
def script() -> Script:
    """What the scripted server says and hears."""
    return Script()


@pytest.fixture
def target(tmp_path: Path) -> str:
    """A free address."""
    return f"unix:{tmp_path}/quality.sock"


@pytest.fixture
async def scripted(script: Script, target: str) -> AsyncIterator[str]:
    """The address of a running scripted server."""
    server = await start_server(script, target)
    yield target
    await server.stop(None)


@pytest.fixture(params=FLAVOURS)
async def connect(request: pytest.FixtureRequest) -> AsyncIterator[Connect]:
    """Makes clients of each flavour in turn."""
    closers = []
    maker = connect_sync if request.param == "sync" else connect_async

    def make(target: str, options: ClientOptions | None = None) -> object:
        client, close = maker(target, options)
        closers.append(close)
        return client

    yield make
    for close in closers:
        await close()
