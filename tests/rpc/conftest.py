from __future__ import annotations

import pytest

from tests.live import LiveServer
from tests.rpc.calls import Calls


@pytest.fixture
def calls(live_server: LiveServer) -> Calls:
    """The stubs on the live server."""
    return Calls(live_server.address)
