"""LCOV tracefiles (`lcov.info`), as geninfo(1) describes them.

    SF:path  DA:line,hits  FN:line[,end],name  FNDA:hits,name  BRDA:line,block,branch,taken  end_of_record

The records of lcov 2.2 for functions (FNL, FNA) are read too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from flext_quality.infrastructure.analyzers.coverage.file_coverage import (
    Branches,
    BrokenReportError,
    FileCoverage,
)


@dataclass
class _Record:
    """One file, while its lines are read."""

    path: str
    coverage: FileCoverage = field(default_factory=FileCoverage)
    first_lines: dict[str, int] = field(default_factory=dict)
    branches: defaultdict[int, dict[str, bool]] = field(default_factory=lambda: defaultdict(dict))
    sums: dict[str, int] = field(default_factory=dict)

    def take(self, key: str, value: str) -> None:
        """Takes a line. Raises ValueError if it is not as it should be."""
        match key:
            case "DA":
                line, hits = value.split(",")[:2]
                self.coverage.hit(int(line), covered=int(hits) > 0)
            case "FN":
                line, _, rest = value.partition(",")
                end, comma, name = rest.partition(",")
                self.first_lines[name if comma and end.isdecimal() else rest] = int(line)
            case "FNDA":
                hits, _, name = value.partition(",")
                if name in self.first_lines:
                    self.coverage.enter(self.first_lines[name], covered=int(hits) > 0)
            case "FNL":
                index, line = value.split(",")[:2]
                self.first_lines[f"FNL {index}"] = int(line)
            case "FNA":
                index, hits = value.split(",")[:2]
                self.coverage.enter(self.first_lines[f"FNL {index}"], covered=int(hits) > 0)
            case "BRDA":
                line, rest = value.split(",", 1)
                branch, _, taken = rest.rpartition(",")
                known = self.branches[int(line)]
                known[branch] = known.get(branch, False) or taken not in ("-", "0")
            case "BRF" | "BRH":
                self.sums[key] = int(value)

    def finish(self) -> FileCoverage:
        """What it all says."""
        for line, branches in self.branches.items():
            taken = frozenset(("lcov", name) for name, is_taken in branches.items() if is_taken)
            self.coverage.branch(line, Branches(len(branches), len(taken), taken))
        self.coverage.has_branches = bool(self.branches or self.sums)
        self.coverage.declare_branches(self.sums.get("BRF", 0), self.sums.get("BRH", 0))
        return self.coverage


def read_lcov(path: str) -> Iterator[tuple[tuple[str, ...], FileCoverage]]:
    """The files of a tracefile; see `ReportedFiles`."""
    record: _Record | None = None
    with Path(path).open(encoding="utf-8", errors="surrogateescape") as lines:
        for number, text in enumerate(lines, 1):
            key, colon, value = text.strip().partition(":")
            try:
                if key == "end_of_record" and record is not None:
                    yield (record.path,), record.finish()
                    record = None
                elif key == "SF" and record is None:
                    record = _Record(value)
                elif colon and record is not None:
                    record.take(key, value)
            except (ValueError, KeyError):
                raise BrokenReportError(f"line {number} is not of an LCOV tracefile") from None
    if record is not None:
        raise BrokenReportError("it ends in the middle of a file")
