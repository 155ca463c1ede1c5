"""Reads SARIF 2.1.0 logs."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

import msgspec

from flext_quality.domain.errors import ToolOutputInvalidError
from flext_quality.infrastructure.analyzers.sarif.schema import Log

VERSION = "2.1.0"
MAX_LOG_BYTES = 48 << 20
"""A larger log is refused. As much as all attachments of an analysis may have together."""

_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class _Head(msgspec.Struct, gc=False):
    version: msgspec.Raw = msgspec.Raw()
    runs: msgspec.Raw = msgspec.Raw()


class _NotReadError(Exception):
    """What is wrong, to be told after the log's name."""


@dataclass(frozen=True, slots=True)
class NamedLog:
    """A log and what people call it."""

    name: str
    log: Log


def read_log(analyzer: str, name: str, content: bytes) -> NamedLog:
    """The log `name`.

    Raises:
        ToolOutputInvalidError: it is too large, no JSON, no SARIF, of another version, or its results lie
            in other files.
    """
    try:
        return NamedLog(name, _read(content))
    except _NotReadError as error:
        raise ToolOutputInvalidError(analyzer, f"{name} {error}") from None


def _read(content: bytes) -> Log:
    if len(content) > MAX_LOG_BYTES:
        raise _NotReadError(f"has {len(content):,} bytes, the limit is {MAX_LOG_BYTES:,}")
    if not content.strip():
        raise _NotReadError("is empty")
    try:
        content = _as_utf8(content)
        _check_head(msgspec.json.decode(content, type=_Head))
    except (msgspec.ValidationError, TypeError):
        raise _NotReadError("is JSON but no SARIF log: it is no object") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _NotReadError(f"is no JSON: {error}") from None
    try:
        log = msgspec.json.decode(content, type=Log)
    except (msgspec.DecodeError, RecursionError) as error:
        raise _NotReadError(f"breaks the rules of SARIF {VERSION}: {error}") from None
    for run in log.runs:
        elsewhere = run.external_property_file_references
        if elsewhere is not None and bytes(elsewhere.results) not in {b"", b"null", b"[]"}:
            raise _NotReadError("keeps its results in other files (externalPropertyFileReferences)")
    return log


def _check_head(head: _Head) -> None:
    for name, value in (("version", head.version), ("runs", head.runs)):
        if not bytes(value):
            raise _NotReadError(f'is JSON but no SARIF log: it has no "{name}"')
    version = msgspec.json.decode(head.version)
    if version != VERSION:
        raise _NotReadError(f"is of SARIF version {version!r:.40}; only {VERSION} is read")


def _as_utf8(content: bytes) -> bytes:
    """JSON as it should be encoded; PowerShell's redirection writes UTF-16, for one."""
    if content.startswith(_UTF16_MARKS):
        return content.decode("utf-16").encode()
    return content.removeprefix(codecs.BOM_UTF8)
