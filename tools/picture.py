"""Draws docs/analyze.svg from a real analysis: python tools/picture.py PROJECT_DIRECTORY.

The picture shows what the terminal shows: some findings as they scroll by, the live table in the middle
of the run, and the summary.
"""

from __future__ import annotations

import asyncio
import io
import os
import re
import sys
import tempfile
import time
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import RenderableType
from rich.text import Text

from flext_quality.cli.analyses.live import highlight_line, render
from flext_quality.cli.analyses.progress import Progress
from flext_quality.cli.analyses.result import where
from flext_quality.cli.analyses.summary import summarize
from flext_quality.cli.analyses.summary_view import render_summary
from flext_quality.cli.server_access import Access, access
from flext_quality.cli.terminal import OutputConsole

_TARGET = Path(__file__).parent.parent / "docs" / "analyze.svg"
_COLUMNS = 80
_SCROLLED = 6
_SHOWN_DATA_DIR = Path("~/.local/share/flext-quality")


async def _draw(project: Path, console: OutputConsole) -> None:
    progress, scrolled = Progress(), 0
    frame: RenderableType | None = None
    console.print(Text.assemble(("$ ", "dim"), (f"flext-quality analyze {project.name}", "bold")))
    async with access("", project) as reached:
        run = reached.client.analyze(project)
        async for event in run:
            progress.apply(event, time.time())
            for finding in event.findings_reported.highlights[:2]:
                if scrolled < _SCROLLED:
                    console.print(highlight_line(finding, _COLUMNS, console), crop=True)
                    scrolled += 1
            bandit = progress.analyzers.get("bandit")
            if (
                frame is None
                and bandit is not None
                and 2 * bandit.files_done > bandit.file_count > 0
            ):
                title = f"Analyzing {project.name}"
                frame = render(progress, title, "", console, _COLUMNS, time.time())
        if frame is not None:
            console.print(frame)
        shown = Access(reached.client, "", _SHOWN_DATA_DIR)
        summary = await summarize(run.analysis, run.findings())
        view = render_summary(summary, progress, where(shown, run.analysis), console)
        console.print(view, crop=False)


def main() -> None:
    """Analyses the directory named on the command line with an empty data directory."""
    project = Path(sys.argv[1]).absolute()
    console = OutputConsole(
        file=io.StringIO(),
        record=True,
        width=_COLUMNS,
        force_terminal=True,
        color_system="truecolor",
        markup=False,
        emoji=False,
        highlight=False,
    )
    with tempfile.TemporaryDirectory() as data_dir:
        os.environ["FLEXT_API_DATA_DIR"] = data_dir
        asyncio.run(_draw(project, console))
    # Rich's own template loads fonts from another host; any monospaced font will do.
    template = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    console.save_svg(str(_TARGET), title="FLEXT Quality", code_format=template, unique_id="analyze")
    print(f"wrote {_TARGET.name}")


if __name__ == "__main__":
    main()
