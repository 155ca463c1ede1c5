from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.collector import Collector, running_collector


@pytest.fixture
def collector() -> Iterator[Collector]:
    """A running receiver of traces."""
    with running_collector() as running:
        yield running
