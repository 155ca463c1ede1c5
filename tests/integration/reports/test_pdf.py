from __future__ import annotations

import asyncio
import http.server
import io
import threading
from pathlib import Path

import pytest

from flext_quality.domain.errors import AnswerTooLargeError
from flext_quality.infrastructure.reports.pdf import PdfRenderer
from flext_quality.infrastructure.reports.print_pdf import print_page
from tests.integration.reports import samples
from tests.integration.reports.samples import written
from tests.integration.reports.test_html import every_report


@pytest.mark.parametrize("number", range(10))
async def test_every_report_can_be_printed(number: int) -> None:
    """Whatever stands in it; the same report gives the same bytes."""
    report = every_report()[number]
    data = await written(PdfRenderer(), report)
    assert data.startswith(b"%PDF-")
    assert data.rstrip().endswith(b"%%EOF")
    if number < 2:
        assert data == await written(PdfRenderer(), report)


async def test_a_layout_that_takes_too_long_is_given_up() -> None:
    """The program is stopped, and the caller learns what to ask for instead."""
    report = samples.technical(samples.reported(3_000))
    with pytest.raises(AnswerTooLargeError) as error:
        await written(PdfRenderer(timeout_seconds=0.2), report)
    assert "HTML" in error.value.message


async def test_a_layout_that_takes_too_much_memory_is_given_up() -> None:
    """The server goes on."""
    report = samples.technical(samples.reported(3_000))
    with pytest.raises(AnswerTooLargeError) as error:
        await written(PdfRenderer(memory_limit_bytes=150 << 20), report)
    assert error.value.what == "MiB to lay out"


async def test_a_caller_who_leaves_stops_the_layout() -> None:
    """No program goes on for nobody."""
    renderer, file = PdfRenderer(), io.BytesIO()
    async for piece in renderer.render(samples.technical(samples.reported(5_000))):
        file.write(piece)
    others = children()
    finishing = asyncio.create_task(renderer.finish(file))
    while not children() - others:  # noqa: ASYNC110  # a process that starts is no event here
        await asyncio.sleep(0.01)
    finishing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await finishing
    assert not children() - others


def children() -> set[str]:
    """The processes that this one has started and that are not gone."""
    listed = Path("/proc/self/task").glob("*/children")
    return {pid for file in listed for pid in file.read_text().split()}


def test_nothing_is_fetched(tmp_path: Path) -> None:
    """Neither from the network nor from the disk, even if a page should ask for it."""
    asked: list[str] = []

    class Server(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)

    secret = tmp_path / "secret.css"
    secret.write_text("p { display: none }")
    with http.server.HTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}"
        (tmp_path / "page.html").write_text(
            f"<html><head><link rel=stylesheet href='{address}/a.css'>"
            f"<link rel=stylesheet href='{secret.as_uri()}'></head>"
            f"<body><p>Text<img src='{address}/b.png'></p></body></html><!--2025-01-01T00:00:00Z-->"
        )
        print_page(tmp_path / "page.html", tmp_path / "page.pdf")
        server.shutdown()
    assert asked == []
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF-")
