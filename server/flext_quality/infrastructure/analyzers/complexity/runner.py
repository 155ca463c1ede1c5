"""Runs a scanner over a list of files in one process: `python -I runner.py SCANNER JOB`.

A program of its own, which the server never imports: it is started in the working copy. SCANNER is a
Python file of ours with a function `scanner`, which takes the job's settings and returns what turns a
file's path and text into the fields of its result. JOB is a JSON file with the fields of `Job`.

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
STACK_BYTES = 64 << 20
"""Enough for `RECURSION_LIMIT`, whatever the interpreter puts on it."""
RECURSION_LIMIT = 10_000
"""The usual 1,000 is too low for trees of long sums and of `elif` after `elif`."""

_NICENESS = 10
_COLLECT_AFTER_BYTES = 2 << 20
"""Source between two collections; its trees are full of cycles and about 30 times as large."""

Scan = Callable[[str, str], dict[str, object]]
"""The fields of a file's result, from its relative path and its text."""


class Job(TypedDict):
    """What to do. `files` are relative paths; `settings` are for the scanner."""

    settings: dict[str, object]
    files: list[str]


def step_back() -> None:
    """Lets others go first on the processors, as `bandit/runner.py` does and explains."""
    with suppress(OSError):
        os.nice(_NICENESS)
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(_NICENESS))


def main(scanner_path: str, job_path: str) -> None:
    """Does the job."""
    gc.disable()
    job: Job = json.loads(Path(job_path).read_bytes())
    scan = _load(scanner_path, job["settings"])
    gc.freeze()
    _write(READY)
    since_collection = 0
    for path in job["files"]:
        result, size = _result(scan, path)
        _write({"path": path, **result})
        since_collection += size
        if since_collection > _COLLECT_AFTER_BYTES:
            gc.collect()
            since_collection = 0


def _load(path: str, settings: dict[str, object]) -> Scan:
    spec = importlib.util.spec_from_file_location("scanner", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    scan: Scan = module.scanner(settings)
    return scan


def _result(scan: Scan, path: str) -> tuple[dict[str, object], int]:
    """The fields of the file's result, and its size."""
    size = 0
    try:
        content = Path(path).read_bytes()
        size = len(content)
        return scan(path, decoded(content)), size
    except OSError as error:
        return _failure("unreadable", str(error.strerror)), size
    except (UnicodeError, LookupError) as error:
        return _failure("encoding", str(error)), size
    except SyntaxError as error:
        return _failure(
            "encoding" if error.lineno is None else "syntax", syntax_detail(error)
        ), size
    except (MemoryError, RecursionError) as error:
        gc.collect()
        return _failure(
            "exception", f"its code is nested too deeply ({type(error).__name__})"
        ), size
    except Exception as error:  # noqa: BLE001  # of one file, which must hide no other
        kind = "syntax" if "null bytes" in str(error) else "exception"
        return _failure(kind, f"{type(error).__name__}: {error}"), size


def _failure(error: str, detail: str) -> dict[str, object]:
    return {"error": error, "detail": detail}


def syntax_detail(error: SyntaxError) -> str:
    """What Python says of it, and where."""
    return error.msg if error.lineno is None else f"{error.msg} (line {error.lineno})"


def decoded(content: bytes) -> str:
    r"""The source as Python reads it, every line's end a "\n".

    Raises:
        SyntaxError: it declares an encoding that there is not, or none and is not UTF-8.
        UnicodeDecodeError: it is not in the encoding that it declares.
    """
    encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    return io.TextIOWrapper(io.BytesIO(content), encoding).read()


def _write(line: object) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _in_large_stack(scanner_path: str, job_path: str) -> int:
    """Does the job in a thread of its own; returns the exit code."""
    done = []

    def work() -> None:
        main(scanner_path, job_path)
        done.append(True)

    sys.setrecursionlimit(RECURSION_LIMIT)
    threading.stack_size(STACK_BYTES)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return 0 if done else 1  # what it raised is on stderr


if __name__ == "__main__":
    step_back()
    sys.exit(_in_large_stack(*sys.argv[1:]))
