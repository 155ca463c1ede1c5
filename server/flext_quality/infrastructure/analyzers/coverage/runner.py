"""The process that reads reports. Prints a JSON object for each thing it has to say, a line each.

    python -m flext_quality.infrastructure.analyzers.coverage.runner job.json

The current directory is the working copy. `messages` has the lines' and the job's shapes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from flext_quality.infrastructure.analyzers.coverage.cobertura import read_cobertura
from flext_quality.infrastructure.analyzers.coverage.data_file import DataFileReader
from flext_quality.infrastructure.analyzers.coverage.file_coverage import (
    BrokenReportError,
    FileCoverage,
    ReportedFiles,
)
from flext_quality.infrastructure.analyzers.coverage.json_report import read_json
from flext_quality.infrastructure.analyzers.coverage.lcov import read_lcov
from flext_quality.infrastructure.analyzers.coverage.mapping import ProjectFiles
from flext_quality.infrastructure.analyzers.coverage.messages import (
    Beyond,
    Broken,
    Ignored,
    Job,
    Measured,
    Message,
    Started,
    Unknown,
    Unparsed,
    Unwanted,
)
from flext_quality.infrastructure.analyzers.coverage.source_file import functions_of, line_count

_SQLITE = b"SQLite format 3\0"
_BATCH_PATHS = 1000


@dataclass
class Reading:
    """Reads the reports of a job and merges them."""

    job: Job
    messages: list[Message] = field(default_factory=list)
    _merged: dict[str, FileCoverage] = field(default_factory=dict)
    _data_files: DataFileReader | None = None

    def __post_init__(self) -> None:
        self._project = ProjectFiles(self.job.files)
        self._line_counts: dict[str, int] = {}

    def run(self) -> Iterator[Message]:
        """All that there is to say; ends with the first report that is broken."""
        for report in self.job.reports:
            try:
                self._read(report.name, report.path)
            except BrokenReportError as error:
                yield Broken(report.name, str(error))
                return
            except MemoryError:
                raise
            except Exception as error:  # noqa: BLE001  # no report may break more than itself
                yield Broken(report.name, f"reading it ended with {type(error).__name__}")
                return
        yield Started(len(self._merged))
        yield from self.messages
        for path in sorted(self._merged):
            yield _measured(path, self._merged.pop(path))

    def _read(self, name: str, path: str) -> None:
        with Path(path).open("rb") as file:
            start = file.read(64 * 1024)
        if start.startswith(_SQLITE):
            self._read_data(name, path)
            return
        text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
        if text.startswith(b"<"):
            self._read_rendered(name, path, read_cobertura)
        elif text.startswith(b"{"):
            self._read_rendered(name, path, read_json)
        elif text.startswith((b"SF:", b"TN:")):
            self._read_rendered(name, path, read_lcov)
        else:
            formats = "coverage.py's data or JSON, Cobertura XML or LCOV"
            raise BrokenReportError(f"it is none of {formats}")

    def _read_rendered(self, name: str, path: str, read: ReportedFiles) -> None:
        entries = list(read(path))
        found = self._project.find([paths for paths, _ in entries])
        self._tell_unknown(
            name, [paths[-1] for n, (paths, _) in enumerate(entries) if n not in found]
        )
        has_branches = any(coverage.has_branches for _, coverage in entries)
        by_path: dict[str, FileCoverage] = {}
        for number, project_path in found.items():
            coverage = entries[number][1]
            coverage.has_branches = has_branches
            by_path.setdefault(project_path, FileCoverage()).add(coverage)
        for project_path, coverage in by_path.items():
            self._take(name, project_path, coverage)

    def _read_data(self, name: str, path: str) -> None:
        if self._data_files is None:
            self._data_files = DataFileReader.configured(self._ignore)
        data, measured = self._data_files.paths(path)
        found = self._project.find([(path,) for path in measured])
        self._tell_unknown(name, [path for n, path in enumerate(measured) if n not in found])
        unparsed, unwanted = [], []
        for number, project_path in found.items():
            if not self._data_files.is_wanted(project_path):
                unwanted.append(project_path)
                continue
            coverage = self._data_files.coverage_of(data, measured[number], project_path)
            if coverage is None:
                unparsed.append(project_path)
            else:
                self._take(name, project_path, coverage)
        if unparsed:
            self.messages.append(Unparsed(sorted(unparsed)))
        if unwanted:
            self.messages.append(Unwanted(sorted(unwanted)))

    def _take(self, name: str, path: str, coverage: FileCoverage) -> None:
        if path not in self._line_counts:
            self._line_counts[path] = line_count(path)
        if beyond := coverage.limit_to(self._line_counts[path]):
            self.messages.append(Beyond(name, path, beyond))
        if coverage.functions is None:
            coverage.functions = functions_of(path, coverage.lines)
        if path in self._merged:
            self._merged[path].add(coverage)
        else:
            self._merged[path] = coverage

    def _tell_unknown(self, name: str, paths: list[str]) -> None:
        shown = sorted({path.encode("utf-8", "backslashreplace").decode() for path in paths})
        for start in range(0, len(shown), _BATCH_PATHS):
            self.messages.append(Unknown(name, shown[start : start + _BATCH_PATHS]))

    def _ignore(self, path: str, option: str, why: str) -> None:
        self.messages.append(Ignored(path, option, why))


def _measured(path: str, coverage: FileCoverage) -> Measured:
    functions = coverage.functions
    return Measured(
        path,
        covered=sorted(line for line, ran in coverage.lines.items() if ran),
        uncovered=sorted(line for line, ran in coverage.lines.items() if not ran),
        partial=sorted(
            (line, branches.total - branches.covered, branches.total)
            for line, branches in coverage.branches.items()
            if branches.covered < branches.total and coverage.lines.get(line)
        ),
        branches=coverage.branch_counts if coverage.has_branches else None,
        functions=None if functions is None else (len(functions), sum(functions.values())),
    )


def main(job: str) -> None:
    """Reads the job and prints what there is to say."""
    encode = msgspec.json.Encoder().encode
    reading = Reading(msgspec.json.decode(Path(job).read_bytes(), type=Job))
    for message in reading.run():
        sys.stdout.buffer.write(encode(message) + b"\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
