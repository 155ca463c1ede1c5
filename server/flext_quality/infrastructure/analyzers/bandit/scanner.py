"""Scans a file with Bandit: a program that `per_file/runner.py` loads, and that imports nothing of ours.

Compared with Bandit's own command line, it does the same checks in the same way, but saves a
quarter of the time: garbage is collected now and then only, it looks for `nosec` comments only in files
that hold the word, and does not load the code around each finding.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, TypedDict, cast

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

if TYPE_CHECKING:
    from flext_quality.infrastructure.analyzers.per_file.runner import Scan, Source

_CHARACTER_COLUMNS = {"B613"}
"""Checks of the text, which tell columns in characters from 1; the others tell Python's offsets."""
_SYNTAX_ERROR = "syntax error while parsing AST from file"
_EXCEPTION = "exception while scanning file"


class Settings(TypedDict):
    """What to do; the options are those of the command line.

    `settings` is a TOML file with a [tool.bandit] table, or empty. Levels are indices of Bandit's
    RANKING.
    """

    settings: str
    tests: list[str]
    skips: list[str]
    ignore_nosec: bool
    severity: int
    confidence: int


class _FailedChecks(logging.Handler):
    """Collects what Bandit logs when a check of its own crashes; the file's other checks go on."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage().partition("\n")[0])


def scanner(given: dict[str, object]) -> Scan:
    """What scans a file.

    Raises:
        ValueError: Bandit does not take the settings; in its words.
    """
    settings = cast("Settings", given)
    failed_checks = _FailedChecks()
    logging.getLogger().setLevel(logging.ERROR)
    logging.getLogger().addHandler(failed_checks)
    try:
        bandit = _manager(settings)
    except utils.ConfigError as error:
        raise ValueError(str(error)) from error

    def scan(source: Source) -> dict[str, object]:
        failed_checks.messages.clear()
        found = _scan(bandit, source, settings)
        return {**found, "failed_checks": failed_checks.messages}

    return scan


def _manager(chosen: Settings) -> manager.BanditManager:
    """Bandit, set up as its command line does."""
    settings = config.BanditConfig(chosen["settings"] or None)
    profile = {
        "include": {*(settings.get_option("tests") or []), *chosen["tests"]},
        "exclude": {*(settings.get_option("skips") or []), *chosen["skips"]},
    }
    extension_loader.MANAGER.validate_profile(profile)
    bandit = manager.BanditManager(
        settings, "file", profile=profile, quiet=True, ignore_nosec=chosen["ignore_nosec"]
    )
    if not bandit.b_ts.tests:
        raise ValueError("No tests would be run, please check the profile.")
    return bandit


def _scan(bandit: manager.BanditManager, source: Source, chosen: Settings) -> dict[str, object]:
    """Findings, or why there are none."""
    # Bandit's walk finds files under this name, which some settings match against.
    bandit.files_list = [f"./{source.path}"]
    bandit.results, bandit.skipped, bandit.scores = [], [], []
    bandit.metrics = metrics.Metrics()
    bandit.ignore_nosec = chosen["ignore_nosec"] or not _may_hold_nosec(source.content)
    bandit.run_tests()
    found = bandit.get_issue_list(
        constants.RANKING[chosen["severity"]], constants.RANKING[chosen["confidence"]]
    )
    for _, reason in bandit.get_skipped():
        return {"error": _kind_of_error(source, reason), "detail": reason}
    columns = _Columns(source) if found else None
    return {"results": [_result(one, columns) for one in found]}


def _may_hold_nosec(content: bytes) -> bool:
    """Whether it is worth the tokenizer's time. A declared encoding may hide the word."""
    first, second, *_ = *content.split(b"\n", 2), b"", b""
    return b"nosec" in content or b"coding" in first + second


def _kind_of_error(source: Source, reason: str) -> str:
    if reason not in {_SYNTAX_ERROR, _EXCEPTION}:
        return "unreadable"
    source.text()  # raises if it cannot be decoded, which says more than Bandit's words
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

    def __init__(self, source: Source) -> None:
        # Only its own line ends end a line for Python; str.splitlines knows more.
        self._lines = [] if source.content.isascii() else source.text().split("\n")

    def character(self, line: int, offset: int) -> int:
        if line > len(self._lines):
            return offset
        return len(self._lines[line - 1].encode()[:offset].decode(errors="ignore"))
