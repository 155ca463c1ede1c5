"""What is off costs nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.waiting import PATIENCE_SECONDS

PROGRAM = """
import asyncio, sys
from pathlib import Path
from flext_quality.serving import running_server
from flext_quality.settings import create_api_settings

async def main():
    settings = create_api_settings(api_port=0, data_dir=Path(sys.argv[1])).unwrap()
    async with running_server(settings):
        heavy = {"opentelemetry", "prometheus_client", "redis", "httpx"}
        print(sorted(heavy & {name.partition(".")[0] for name in sys.modules}))

asyncio.run(main())
"""


def test_a_server_does_not_even_import_what_is_off(tmp_path: Path) -> None:
    """Neither tracing nor metrics take time or memory where nobody asked for them."""
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "data")],
        env={},
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_SECONDS,
    )
    assert "[]\n" == ended.stdout
