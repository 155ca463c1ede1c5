"""Runs Bandit over a list of files in one process: `python -I runner.py JOB`.

A program of its own, which the server never imports: it is started in the working copy. JOB is a
JSON file with the fields of `Job`. What comes out is a line of JSON for each file as soon as it is
done, after a first line that says that the work begins; so whoever reads knows which file was being
worked on when the process died.

Compared with Bandit's own command line, it does the same checks in the same way, but saves a
quarter of the time: it collects garbage now and then only, looks for `nosec` comments only in files that
hold the word, and does not load the code around each finding.
"""

from __future__ import annotations

import gc
import io
import json
import logging
import os
import re
import sys
import tokenize
from contextlib import suppress
from pathlib import Path
from typing import TypedDict

from bandit.core import (  # type: ignore[import-untyped]  # ships no types
    config,
    constants,
    docs_utils,
    extension_loader,
    issue,
    manager,
    metrics,
    utils,
)

READY = {"ready": True}
USAGE_ERROR = 2

_NICENESS = 10
_COLLECT_AFTER_BYTES = 2 << 20
"""Source between two collections; its trees are full of cycles and about 30 times as large."""
_CHARACTER_COLUMNS = {"B613"}
"""Checks of the text, which tell columns in characters from 1; the others tell Python's offsets."""
_SYNTAX_ERROR = "syntax error while parsing AST from file"
_EXCEPTION = "exception while scanning file"


class Job(TypedDict):
    """What to do; the options are those of the command line.

    `settings` is a TOML file with a [tool.bandit] table, or empty. Levels are indices of Bandit's
    RANKING. `files` are relative paths.
    """

    settings: str
    tests: list[str]
    skips: list[str]
    ignore_nosec: bool
    severity: int
    confidence: int
    files: list[str]


class _FailedChecks(logging.Handler):
    """Collects what Bandit logs when a check of its own crashes; the file's other checks go on."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage().partition("\n")[0])


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


def main(job_path: str) -> int:
    """Does the job; returns the exit code."""
    gc.disable()
    gc.freeze()
    job: Job = json.loads(Path(job_path).read_bytes())
    failed_checks = _FailedChecks()
    logging.getLogger().setLevel(logging.ERROR)
    logging.getLogger().addHandler(failed_checks)
    try:
        bandit = _manager(job)
    except (ValueError, utils.ConfigError) as error:
        sys.stderr.write(f"{error}\n")
        return USAGE_ERROR
    _write(READY)
    since_collection = 0
    for path in job["files"]:
        failed_checks.messages.clear()
        _write({"path": path, **_scan(bandit, path, job), "failed_checks": failed_checks.messages})
        since_collection += Path(path).stat().st_size if Path(path).is_file() else 0
        if since_collection > _COLLECT_AFTER_BYTES:
            gc.collect()
            since_collection = 0
    return 0


def _manager(job: Job) -> manager.BanditManager:
    """Bandit, set up as its command line does."""
    settings = config.BanditConfig(job["settings"] or None)
    profile = {
        "include": {*(settings.get_option("tests") or []), *job["tests"]},
        "exclude": {*(settings.get_option("skips") or []), *job["skips"]},
    }
    extension_loader.MANAGER.validate_profile(profile)
    bandit = manager.BanditManager(
        settings, "file", profile=profile, quiet=True, ignore_nosec=job["ignore_nosec"]
    )
    if not bandit.b_ts.tests:
        raise ValueError("No tests would be run, please check the profile.")
    return bandit


def _scan(bandit: manager.BanditManager, path: str, job: Job) -> dict[str, object]:
    """Findings, or why there are none."""
    # Bandit's walk finds files under this name, which some settings match against.
    bandit.files_list = [f"./{path}"]
    bandit.results, bandit.skipped, bandit.scores = [], [], []
    bandit.metrics = metrics.Metrics()
    bandit.ignore_nosec = job["ignore_nosec"] or not _may_hold_nosec(path)
    bandit.run_tests()
    found = bandit.get_issue_list(
        constants.RANKING[job["severity"]], constants.RANKING[job["confidence"]]
    )
    for _, reason in bandit.get_skipped():
        return {"error": _kind_of_error(path, reason), "detail": reason}
    columns = _Columns(path) if found else None
    return {"results": [_result(one, columns) for one in found]}


def _may_hold_nosec(path: str) -> bool:
    """Whether it is worth the tokenizer's time. A declared encoding may hide the word."""
    try:
        content = Path(path).read_bytes()
    except OSError:
        return True
    first, second, *_ = *content.split(b"\n", 2), b"", b""
    return b"nosec" in content or b"coding" in first + second


def _kind_of_error(path: str, reason: str) -> str:
    if reason not in {_SYNTAX_ERROR, _EXCEPTION}:
        return "unreadable"
    if _decoded(Path(path).read_bytes()) is None:
        return "encoding"
    return "syntax" if reason == _SYNTAX_ERROR else "exception"


def _result(found: issue.Issue, columns: _Columns | None) -> dict[str, object]:
    lines = found.linerange or [found.lineno]
    column = end_column = 0
    if found.test_id in _CHARACTER_COLUMNS:
        column = found.col_offset
    elif columns is not None and found.lineno > 0 and found.col_offset >= 0:
        column = columns.character(found.lineno, found.col_offset) + 1
        if found.end_col_offset > 0:
            end_column = columns.character(lines[-1], found.end_col_offset) + 1
    return {
        "rule": found.test_id,
        "severity": found.severity,
        "confidence": found.confidence,
        "message": found.text,
        "line": found.lineno,
        "column": column,
        "end_line": lines[-1] if end_column else 0,
        "end_column": end_column,
        "url": docs_utils.get_url(found.test_id),
    }


class _Columns:
    """Turns offsets in bytes of UTF-8, as Python's trees have them, into offsets in characters."""

    def __init__(self, path: str) -> None:
        content = Path(path).read_bytes()
        text = None if content.isascii() else _decoded(content)
        # Only these end a line for Python; str.splitlines knows more.
        self._lines = re.split("\r\n|\r|\n", text) if text is not None else []

    def character(self, line: int, offset: int) -> int:
        if line > len(self._lines):
            return offset
        return len(self._lines[line - 1].encode()[:offset].decode(errors="ignore"))


def _decoded(content: bytes) -> str | None:
    """The source as Python reads it; None if it is not in the encoding that it declares."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        return content.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError):
        return None


def _write(line: object) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    step_back()
    sys.exit(main(sys.argv[1]))
