"""Every block of Python runs to its end."""

from __future__ import annotations

import ast
import asyncio
import inspect
import subprocess
import sys
import threading
from http.server import ThreadingHTTPServer
from itertools import groupby
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from flext.quality.v1.notification_pb2 import NotificationChannel, WebhookTarget
from flext_quality_client import QualityClient
from tests.docs.pages import ROOT, Block, blocks
from tests.docs.stage import SECRET, Stage

PAGES = [list(of) for _, of in groupby(blocks("python"), key=lambda block: block.page)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page[0].page)
def test_python_of_pages_runs(
    page: list[Block], stage: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The blocks of a page run one after the other in one program, and a block of tests in pytest."""
    monkeypatch.chdir(stage.project)
    monkeypatch.setenv("FLEXT_API_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.syspath_prepend(ROOT / "examples" / "flext-quality-todo-analyzer" / "src")
    names: dict[str, Any] = {"__name__": "__page__"}
    if any('"projects/shop"' in block.text for block in page):
        with QualityClient(stage.address) as client:
            client.projects.create(stage.project, project_id="shop")
            client.analyze(stage.project).wait()

    # What a page says of pytest goes with its tests, as it would in the reader's `conftest.py`.
    tests = [b.text for b in page if "def test_" in b.text or "pytest_plugins" in b.text]

    async def run() -> None:
        for block in page:
            if block.text not in tests:
                waits = eval(compiled(block, stage.real(block.text)), names)
                if inspect.iscoroutine(waits):
                    await waits

    asyncio.run(run())
    if tests:
        run_tests("\n".join(tests), tmp_path / "test_page.py")


def compiled(block: Block, text: str) -> CodeType:
    """The block, which may await as in `python -m asyncio`."""
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    # Errors and tracebacks name the place in the page.
    code: CodeType = compile("\n" * block.line + text, str(ROOT / block.page), "exec", flags)
    return code


def run_tests(text: str, file: Path) -> None:
    """Runs a module of tests as its writer would, with pytest-asyncio in its automatic mode."""
    file.write_text(text)
    command = [sys.executable, "-m", "pytest", "-q", "-c", "/dev/null", "--asyncio-mode=auto"]
    done = subprocess.run(
        [*command, file], cwd=file.parent, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_receiver_of_the_page_takes_webhooks(stage: Stage) -> None:
    """Whoever copies it gets what the server signed, and nobody else gets through."""
    names: dict[str, Any] = {"__name__": "__page__"}
    (block,) = (block for block in blocks("python") if "verify_webhook(" in block.text)
    exec(compiled(block, block.text), names)
    receiver = ThreadingHTTPServer(("127.0.0.1", 0), names["Receiver"])
    thread = threading.Thread(target=receiver.serve_forever, args=(0.05,))
    thread.start()
    with QualityClient(stage.address) as client:
        project = client.projects.of_path(stage.project).name
        for secret, statuses in {SECRET: ["204"], "another of 16 characters": ["400"]}.items():
            webhook = WebhookTarget(url=f"http://127.0.0.1:{receiver.server_port}", secret=secret)
            channel = NotificationChannel(display_name="Ops", webhook=webhook)
            made = client.channels.create(project, channel)
            delivery = client.channels.test(made.name)
            assert statuses == [attempt.status for attempt in delivery.attempts]
    receiver.shutdown()
    thread.join()
