"""Runs a scanner as its process does, but in this one."""

from __future__ import annotations

import gc
import json
import logging
import os
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path

from flext_quality.infrastructure.analyzers.per_file import runner
from tests.workspaces import write_files

Said = dict[str, dict[str, object]]
"""What was said of each file."""


def scan(
    directory: Path,
    scanner: Path,
    contents: Mapping[str, str | bytes],
    settings: Mapping[str, object],
    files: Sequence[str] = (),
    recursion_limit: int = 0,
) -> tuple[int, Said]:
    """Exit code, and what the scanner says of the files, which are written to `directory`."""
    directory.mkdir(exist_ok=True)
    write_files(directory, contents)
    job = {
        "settings": settings,
        "files": list(files or contents),
        "recursion_limit": recursion_limit,
    }
    (directory / "job.json").write_text(json.dumps(job))
    output = StringIO()
    with _as_in_its_own_process(directory), redirect_stdout(output):
        code = runner.main(str(scanner), "job.json")
    lines = [json.loads(line) for line in output.getvalue().splitlines()]
    return code, {line["path"]: line for line in lines if "path" in line}


@contextmanager
def _as_in_its_own_process(directory: Path) -> Iterator[None]:
    before = Path.cwd()
    handlers, level = list(logging.getLogger().handlers), logging.getLogger().level
    limit, stack = sys.getrecursionlimit(), threading.stack_size()
    os.chdir(directory)
    try:
        yield
    finally:
        os.chdir(before)
        logging.getLogger().handlers[:] = handlers
        logging.getLogger().setLevel(level)
        sys.setrecursionlimit(limit)
        threading.stack_size(stack)
        gc.unfreeze()
        gc.enable()
