"""The log of a real server in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from tests.collector import Collector
from tests.waiting import PATIENCE_SECONDS

PROGRAM = textwrap.dedent(
    """
    import asyncio, logging, sys
    from pathlib import Path
    from flext_quality.serving import running_server
    from flext_quality.settings import create_api_settings
    from flext_quality_client import AsyncQualityClient, ClientOptions

    async def main(data, project):
        settings = create_api_settings(
            api_port=0, data_dir=data, security={"allowed_project_paths": [project]}
        ).unwrap()
        async with running_server(settings) as server:
            options = ClientOptions(correlation_id="mine")
            async with AsyncQualityClient(server.address, options=options) as client:
                async for _ in client.analyze(project, ["ruff"]):
                    pass
            logging.getLogger("some.library").warning("%s is %s", "water", "wet")
            try:
                1 / 0
            except ZeroDivisionError:
                logging.getLogger("some.library").exception("broke off")

    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
    """
)


def log_of(tmp_path: Path, **variables: str) -> list[dict[str, Any]]:
    """All lines that the program wrote, which are JSON."""
    project = tmp_path / "shop"
    project.mkdir()
    (project / "app.py").write_text("import os\n")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("FLEXT_API_")}
    environment |= {f"FLEXT_API_OBSERVABILITY__{k}": v for k, v in variables.items()}
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "data"), str(project)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    assert 0 == ended.returncode, ended.stderr
    return [json.loads(line) for line in ended.stderr.splitlines()]


def test_lines_carry_correlation_trace_and_span(tmp_path: Path, collector: Collector) -> None:
    """From a line one comes to its call, and to the span within which it was written."""
    lines = log_of(
        tmp_path,
        LOG_FORMAT="json",
        TRACING_ENDPOINT=collector.address,
        TRACING_SAMPLE_RATIO="1",
    )
    calls = [line for line in lines if line["event"] == "call"]
    assert {"mine"} == {line["correlation_id"] for line in calls}
    known = {(span.trace_id, span.span_id) for span in collector.spans}
    assert {(line["trace_id"], line["span_id"]) for line in calls} <= known
    assert all(line["level"] and line["timestamp"] for line in lines)


def test_lines_of_libraries_have_the_same_form(tmp_path: Path) -> None:
    """Everything on standard error is JSON, one object a line, tracebacks too."""
    lines = log_of(tmp_path, LOG_FORMAT="json")
    said, broke = (line for line in lines if line.get("logger") == "some.library")
    assert ("water is wet", "warning") == (said["event"], said["level"])
    assert "trace_id" not in said
    assert "ZeroDivisionError" == broke["exception"][0]["exc_type"]


@pytest.mark.parametrize(("level", "expected"), [("error", {"broke off"}), ("warning", None)])
def test_the_level_is_a_setting(tmp_path: Path, level: str, expected: set[str] | None) -> None:
    """What is less important is not written, ours or a library's."""
    events = {line["event"] for line in log_of(tmp_path, LOG_FORMAT="json", LOG_LEVEL=level)}
    assert (expected or {"broke off", "water is wet"}) == events
