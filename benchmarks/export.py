"""A project with a million issues: how fast they are exported, and in what space."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import grpc

from benchmarks.bench import Bench, in_turn, seconds
from benchmarks.figures import Figure
from benchmarks.framing import write_messages
from flext.quality.v1.finding_pb2 import Category, Finding
from flext.quality.v1.issue_pb2 import Issue, IssueOrigin, IssueStatus
from flext.quality.v1.issue_service_pb2 import (
    ExportIssuesRequest,
    ExportIssuesResponse,
    IssueFilter,
)
from flext.quality.v1.severity_pb2 import Severity
from flext_quality.domain.identifiers import ProjectName
from flext_quality.infrastructure.persistence.engine import Database, DatabaseOptions
from flext_quality.infrastructure.persistence.issues import pages as issue_pages
from flext_quality.infrastructure.persistence.transaction import Transaction
from flext_quality_client import QualityClient

_COUNT = 1_000_000
_FILES = 20_000
_PROJECT = "projects/large"
_ANALYSIS = f"{_PROJECT}/analyses/01kagf0000000000000000000a"
_METHOD = "/flext.quality.v1.IssueService/ExportIssues"
_CREATED = "2026-11-24 12:00:00.000000"
_SECONDS = 1_795_521_600
_WORDS = "Undefined name `configuration` is used before it is assigned in this function"

_INSERT = """
INSERT INTO issues (project_id, branch, issue_id, path, line, rung, payload, search, analyzer, rule,
  severity, category, "column", line_hash, message_hash, details_hash, effort_minutes, status, origin,
  created_at, status_at, appeared, seen_from)
VALUES (?, '', ?, ?, ?, 0, ?, ?, 'ruff', 'F821', ?, 2, 5, ?, ?, 0, 10, 1, 1, ?, ?, 1, 1)
"""


def measure(bench: Bench) -> Iterator[Figure]:
    """Every issue of a project, once.

    Our client counts them, from our server and from a bare one that has the same messages in memory; and
    again without decoding any. Memory: by how much the server's peak grows from an export of a hundredth
    of them to exports of all.
    """
    data_dir = bench.fresh_directory("export")
    with (
        bench.server(data_dir, data_dir=data_dir) as server,
        QualityClient(server.address) as client,
    ):
        client.projects.create(data_dir, project_id="large")
        # Of nothing; it says that there is one branch.
        client.analyze(data_dir, ["ruff"]).wait()
    started = time.perf_counter()
    _fill(data_dir / "quality.db")
    yield Figure("1,000,000 issues put into the database", "s", [time.perf_counter() - started])
    started = time.perf_counter()
    asyncio.run(_fill_pages(data_dir / "quality.db"))
    yield Figure("1,000,000 issues put into pages", "s", [time.perf_counter() - started])
    with (
        bench.server(data_dir, data_dir=data_dir) as server,
        QualityClient(server.address) as client,
    ):
        few = IssueFilter(path_prefix="src/package_00")
        assert _count(client, few) == _COUNT // 100
        peak_of_few = server.peak_memory_mb
        messages = bench.fresh_directory("messages") / "batches"
        write_messages(messages, _messages(server.address))
        with bench.peer(messages) as peer, QualityClient(peer.address) as peer_client:
            yield Figure(
                "1,000,000 issues exported",
                "s",
                *in_turn(
                    bench.runs(5),
                    lambda: seconds(lambda: _all(client)),
                    lambda: seconds(lambda: _all(peer_client)),
                ),
            )
            yield Figure(
                "1,000,000 issues exported, not decoded",
                "s",
                *in_turn(
                    bench.runs(5),
                    lambda: seconds(lambda: sum(map(len, _messages(server.address)))),
                    lambda: seconds(lambda: sum(map(len, _messages(peer.address)))),
                ),
            )
        yield Figure("1,000,000 issues, size", "MB", [messages.stat().st_size / 1e6])
        growth = server.peak_memory_mb - peak_of_few
        yield Figure("1,000,000 issues exported, growth of peak memory", "MB", [growth])


def _all(client: QualityClient) -> None:
    assert _count(client) == _COUNT


def _count(client: QualityClient, wanted: IssueFilter | None = None) -> int:
    return sum(1 for _ in client.issues.export(_PROJECT, wanted))


def _messages(address: str) -> Iterator[bytes]:
    """The stream as it goes over the wire."""
    request = ExportIssuesRequest(parent=_PROJECT).SerializeToString()
    with grpc.insecure_channel(address) as channel:
        stream: grpc.UnaryStreamMultiCallable[bytes, bytes] = channel.unary_stream(_METHOD)
        yield from stream(request)


def _fill(path: Path) -> None:
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA synchronous = OFF")
    database.execute("BEGIN")
    database.executemany(_INSERT, map(_row, range(_COUNT)))
    database.execute("COMMIT")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


async def _fill_pages(path: Path) -> None:
    """As an analysis does with what it changed."""
    database = Database(DatabaseOptions(f"sqlite+aiosqlite:///{path}"))
    transaction = Transaction(database.writing, read_only=False)
    await transaction.open()
    await issue_pages.fill(transaction, ProjectName("large"), "")
    await transaction.commit()
    await transaction.close()
    await database.close()


def _row(number: int) -> tuple[object, ...]:
    issue = _issue(number)
    payload = ExportIssuesResponse(issues=[issue]).SerializeToString()
    return (
        "large",
        issue.name[-26:],
        issue.finding.path,
        issue.finding.line,
        payload,
        f"{issue.finding.rule}\n{issue.finding.path}\n{issue.finding.message}".casefold(),
        int(issue.finding.severity),
        number,
        number,
        _CREATED,
        _CREATED,
    )


def _issue(number: int) -> Issue:
    file = number * _FILES // _COUNT
    issue = Issue(
        name=f"{_PROJECT}/issues/01kagf{number:020d}",
        status=IssueStatus.ISSUE_STATUS_OPEN,
        finding=Finding(
            analyzer="ruff",
            rule="F821",
            severity=Severity.SEVERITY_MEDIUM,
            category=Category.CATEGORY_RELIABILITY,
            message=f"{_WORDS} ({number})",
            path=f"src/package_{file // 200:02d}/subpackage/module_{file:05d}.py",
            line=number % 50 * 7 + 1,
            column=5,
            end_line=number % 50 * 7 + 1,
            end_column=18,
            documentation_url="https://docs.astral.sh/ruff/rules/undefined-name",
        ),
        effort_minutes=10,
        first_analysis=_ANALYSIS,
        origin=IssueOrigin.ISSUE_ORIGIN_FIRST_ANALYSIS,
        etag='W/"19ab5a1c400-1"',
    )
    issue.create_time.seconds = issue.status_time.seconds = _SECONDS
    return issue
