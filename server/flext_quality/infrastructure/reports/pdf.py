"""PDF: the HTML on paper, made by PlutoPrint in a process of its own.

Holds the HTML in a temporary file, and the process holds the laid out document in memory: about 80 times the
HTML's size. The process may take so much time and memory and no more, and fetches nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO

from flext_quality.domain.errors import AnswerTooLargeError
from flext_quality.domain.reports.report import Report, ReportFormat, ReportKind, TrendReport
from flext_quality.infrastructure.reports.html import HtmlRenderer

_OUT_OF_MEMORY = 3
"""The exit code of `print_pdf` that got no memory."""


class PdfRenderer:
    """The port `ReportRenderer` for PDF."""

    format = ReportFormat.PDF
    kinds = frozenset(ReportKind)
    media_type = "application/pdf"
    extension = "pdf"

    def __init__(
        self, *, timeout_seconds: float = 300.0, memory_limit_bytes: int = 4 << 30
    ) -> None:
        """Bounds the process that makes the PDF."""
        self._html = HtmlRenderer(expanded=True)
        self._timeout = timeout_seconds
        self._memory = memory_limit_bytes

    async def render(self, report: Report) -> AsyncIterator[bytes]:
        """See the port: the HTML, and in a comment at its end the time that the PDF says."""
        async for piece in self._html.render(report):
            yield piece
        time = report.end if isinstance(report, TrendReport) else report.analysis.ended_at
        yield f"<!--{time:%Y-%m-%dT%H:%M:%SZ}-->\n".encode()

    async def finish(self, written: IO[bytes]) -> None:
        """See the port.

        Raises:
            AnswerTooLargeError: it takes too much time or memory.
        """
        with tempfile.TemporaryDirectory(prefix="flext-quality-report-") as directory:
            page, pdf = Path(directory, "report.html"), Path(directory, "report.pdf")
            await asyncio.to_thread(_copy_to, written, page)
            await self._print(page, pdf)
            await asyncio.to_thread(_copy_from, pdf, written)

    async def _print(self, page: Path, pdf: Path) -> None:
        program = "flext_quality.infrastructure.reports.print_pdf"
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-m", program, str(page), str(pdf), str(self._memory)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            # Nothing of the server's environment, which may hold secrets; fonts are cached at home.
            env={"PATH": os.defpath, "HOME": str(Path.home()), "LANG": "C.UTF-8"},
        )
        try:
            async with asyncio.timeout(self._timeout):
                code = await process.wait()
        except TimeoutError:
            raise _too_large("seconds of layout", int(self._timeout)) from None
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        # A library that gets no memory ends by a signal.
        if code < 0 or code == _OUT_OF_MEMORY:
            raise _too_large("MiB to lay out", self._memory >> 20)
        if code:
            raise RuntimeError(f"the program that makes PDF ended with {code}")


def _copy_to(written: IO[bytes], path: Path) -> None:
    written.seek(0)
    with path.open("wb") as file:
        shutil.copyfileobj(written, file)


def _copy_from(path: Path, written: IO[bytes]) -> None:
    written.seek(0)
    written.truncate()
    with path.open("rb") as file:
        shutil.copyfileobj(file, written)


def _too_large(what: str, limit: int) -> AnswerTooLargeError:
    return AnswerTooLargeError(what, limit, "ask for HTML, which has no limit")
