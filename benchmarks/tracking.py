"""What it costs to know very many issues again, and what an analysis without a change writes."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from benchmarks.analyses import checked
from benchmarks.bench import Bench
from benchmarks.figures import Figure
from flext.quality.v1.analysis_pb2 import Analysis
from flext_quality_client import QualityClient

_EXPECTED = 51_724
_FEW, _MANY = 1_000, 50_000


def measure(bench: Bench) -> Iterator[Figure]:
    """`ruff --select ALL` on Django, again and again, and on one file with many findings.

    Concluded: from the event that says that Ruff has ended to the one that says that all is over. In
    between the findings are matched with those of the analysis before, stored as issues, measured, scored
    and held against the gate. Moved: every file got a line on top since then, so every issue did move.
    """
    yield from _concluded(bench)
    many, few = (_rows_written(bench, count) for count in (_MANY, _FEW))
    yield Figure("rows written without a change, 50,000 findings / 1,000", "", [many], [few])


def _concluded(bench: Bench) -> Iterator[Figure]:
    moved, unchanged, first = [], [], []
    tree = bench.copy_of("django")
    (tree / "ruff.toml").write_text('lint.select = ["ALL"]\n', "utf-8")
    with bench.server(tree) as server, QualityClient(server.address) as client:
        first.append(_conclusion(client, tree)[0])
        for _ in range(bench.runs()):
            for path in tree.rglob("*.py"):
                path.write_bytes(b"\n" + path.read_bytes())
            seconds, analysis = _conclusion(client, tree)
            moved.append(seconds)
            _check(analysis)
            seconds, analysis = _conclusion(client, tree)
            unchanged.append(seconds)
            assert analysis.issue_counts.moved_count == 0, analysis.issue_counts
            _check(analysis)
        memory = server.peak_memory_mb
    yield Figure("51,724 findings tracked, all moved", "s", moved)
    yield Figure("51,724 findings tracked, none changed", "s", unchanged)
    yield Figure("51,724 findings tracked, none known", "s", first)
    yield Figure("tracking, peak memory", "MB", [memory])


def _check(analysis: Analysis) -> None:
    """The line on top makes a few findings of its own; no issue that was known is gone."""
    assert analysis.issue_counts.fixed_count == 0, analysis.issue_counts
    assert analysis.issue_counts.persisting_count >= _EXPECTED, analysis.issue_counts


def _conclusion(client: QualityClient, tree: Path) -> tuple[float, Analysis]:
    """Seconds between the analyzer's end and the analysis's; the analysis."""
    times: dict[str, float] = {}
    run = client.analyze(tree, ["ruff"])
    for event in run:
        times[event.WhichOneof("kind") or ""] = time.perf_counter()
    return times["analysis_finished"] - times["analyzer_finished"], checked(run.analysis)


def _rows_written(bench: Bench, findings: int) -> float:
    """How many rows the database has more after a second analysis of a file with so many findings."""
    tree = bench.fresh_directory("tree")
    code = "".join(f"import module_{number}\n" for number in range(findings))
    (tree / "imports.py").write_text(code, "utf-8")
    data = bench.fresh_directory("data")
    with bench.server(tree, data_dir=data) as server, QualityClient(server.address) as client:
        _conclusion(client, tree)
        before = _rows(data)
        _, analysis = _conclusion(client, tree)
        assert analysis.issue_counts.persisting_count == findings, analysis.issue_counts
        return _rows(data) - before


def _rows(data: Path) -> int:
    """Those of all tables."""
    (path,) = data.glob("*.db")
    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        # The names are our own.
        counts = [f'SELECT count(*) FROM "{name}"' for (name,) in tables.fetchall()]  # noqa: S608
        return sum(connection.execute(count).fetchone()[0] for count in counts)
