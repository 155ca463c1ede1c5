"""Runs a scanner over a list of files in one process: `python -I runner.py SCANNER JOB`.

A program of its own, which the server never imports: it is started in the working copy. SCANNER is a
Python file of ours with a function `scanner`, which takes the job's settings and returns a `Scan`. JOB
is a JSON file with the fields of `Job`.

What comes out is a line of JSON for each file as soon as it is done, after a first line that says that
the work begins; so whoever reads knows which file was being worked on when the process died.
"""

from __future__ import annotations

import gc
import importlib.util
import io
import json
import os
import sys
import threading
import tokenize
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypedDict

READY = {"ready": True}
USAGE_ERROR = 2
STACK_BYTES = 64 << 20
"""Enough for a recursion limit of 10,000, whatever the interpreter puts on the stack."""

_SCANNER = "flext_quality_scanner"
_NICENESS = 10
_COLLECT_AFTER_BYTES = 2 << 20
"""Source between two collections; its trees are full of cycles and about 30 times as large."""


class Job(TypedDict):
    """What to do.

    `files` are relative paths; `settings` are for the scanner. A `recursion_limit` but 0 takes the place
    of Python's, and the work gets a stack that is large enough for it.
    """

    settings: dict[str, object]
    files: list[str]
    recursion_limit: int


class UndecodableError(Exception):
    """A file is not in the encoding that it declares, or there is no such encoding."""


class Source:
    """A file that is to be scanned."""

    def __init__(self, path: str, content: bytes) -> None:
        self.path = path
        self.content = content

    def text(self) -> str:
        r"""The file as Python reads it, every line's end a "\n".

        Raises:
            UndecodableError: Python could not read it either.
        """
        content = io.BytesIO(self.content)
        try:
            encoding, _ = tokenize.detect_encoding(content.readline)
            content.seek(0)
            return io.TextIOWrapper(content, encoding).read()
        except (SyntaxError, UnicodeError, LookupError) as error:
            raise UndecodableError(str(error)) from None


Scan = Callable[[Source], dict[str, object]]
"""Makes the fields of a file's result. What it raises is told as the file's error."""


def step_back() -> None:
    """Lets others go first on the processors.

    MyPy runs beside this, in one process that nothing can divide, and ends last: what it waits, everybody
    waits. On Linux a session, which each tool has of its own, shares the processors as one with the other
    sessions (autogroup, sched(7)), so it has to step back as a whole too.
    """
    with suppress(OSError):
        os.nice(_NICENESS)
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(_NICENESS))


def main(scanner_path: str, job_path: str) -> int:
    """Does the job; returns the exit code."""
    job: Job = json.loads(Path(job_path).read_bytes())
    if not job["recursion_limit"]:
        return _work(scanner_path, job)
    codes: list[int] = []
    sys.setrecursionlimit(job["recursion_limit"])
    threading.stack_size(STACK_BYTES)
    thread = threading.Thread(target=lambda: codes.append(_work(scanner_path, job)))
    thread.start()
    thread.join()
    return codes[0] if codes else 1  # what it raised is on stderr


def _work(scanner_path: str, job: Job) -> int:
    gc.disable()
    try:
        scan = _load(scanner_path, job["settings"])
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return USAGE_ERROR
    gc.freeze()
    _write(READY)
    since_collection = 0
    for path in job["files"]:
        try:
            content = Path(path).read_bytes()
        except OSError as error:
            _write({"path": path, "error": "unreadable", "detail": str(error.strerror)})
            continue
        _write({"path": path, **_result(scan, Source(path, content))})
        since_collection += len(content)
        if since_collection > _COLLECT_AFTER_BYTES:
            gc.collect()
            since_collection = 0
    return 0


def _load(path: str, settings: dict[str, object]) -> Scan:
    """The scanner in the file `path`. Raises `ValueError` if it does not take the settings."""
    spec = importlib.util.spec_from_file_location(_SCANNER, path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[_SCANNER] = module  # dataclasses look for their module there
    spec.loader.exec_module(module)
    scan: Scan = module.scanner(settings)
    return scan


def _result(scan: Scan, source: Source) -> dict[str, object]:
    """The fields of the file's result."""
    try:
        return scan(source)
    except UndecodableError as error:
        return _failure("encoding", str(error))
    except SyntaxError as error:
        return _failure("syntax", syntax_detail(error))
    except (MemoryError, RecursionError):
        gc.collect()
        return _failure("exception", "it is nested too deeply, or takes more memory than there is")
    except Exception as error:  # noqa: BLE001  # of one file, which must hide no other
        kind = "syntax" if "null bytes" in str(error) else "exception"
        return _failure(kind, f"{type(error).__name__}: {error}")


def _failure(error: str, detail: str) -> dict[str, object]:
    return {"error": error, "detail": detail}


def syntax_detail(error: SyntaxError) -> str:
    """What Python says of it, and where."""
    return error.msg if error.lineno is None else f"{error.msg} (line {error.lineno})"


def _write(line: object) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    step_back()
    sys.exit(main(*sys.argv[1:]))
