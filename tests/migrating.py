"""Makes tables, wherever it is asked for."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from flext_quality.infrastructure.persistence.migrate import upgrade


def migrate(url: str) -> None:
    """Brings a database up to date, before it returns; also within a running event loop."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, upgrade(url)).result()
