"""coverage.py's data files (`.coverage`), which tell only what ran: the rest is in the source.

No plugin is loaded. Of the project's configuration of coverage.py only what chooses lines, branches and
files of a report is taken: `exclude_lines`, `exclude_also`, `partial_branches`, `partial_branches_always`,
`partial_also`, `include` and `omit` of [report].
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from coverage import Coverage, CoverageData
from coverage.config import CoverageConfig, config_files_to_try
from coverage.exceptions import CoverageException, NotPython
from coverage.files import GlobMatcher, prep_patterns
from coverage.python import PythonFileReporter
from coverage.results import Analysis, analysis_from_file_reporter

from flext_quality.infrastructure.analyzers.coverage.file_coverage import (
    Branches,
    BrokenReportError,
    FileCoverage,
)

_NO_PLUGINS = "the server runs no plugin"
_ALL_CONTEXTS = "lines count in whatever context they ran"

Ignore = Callable[[str, str, str], None]
"""Is told the path, the option and why it is not used."""


@dataclass
class DataFileReader:
    """Reads data files about the working copy that is the current directory."""

    coverage: Coverage = field(default_factory=lambda: Coverage(data_file=None, config_file=False))

    @classmethod
    def configured(cls, ignore: Ignore) -> DataFileReader:
        """With what the project's own configuration says."""
        reader = cls()
        found, own = _project_configuration(ignore), reader.coverage.config
        own.exclude_list = [*found.exclude_list, *found.exclude_also]
        own.partial_list = [*found.partial_list, *found.partial_also]
        own.partial_always_list = found.partial_always_list
        own.report_include, own.report_omit = found.report_include, found.report_omit
        return reader

    def paths(self, path: str) -> tuple[CoverageData, list[str]]:
        """The data and the paths of the Python files in it, in order.

        Raises:
            BrokenReportError: it is no data file, or damaged.
        """
        data = CoverageData(basename=path, read_only=True)
        try:
            data.read()
            files = sorted(name for name in data.measured_files() if not data.file_tracer(name))
        except (CoverageException, TypeError, ValueError) as error:
            raise broken(error, path) from None
        return data, files

    def is_wanted(self, path: str) -> bool:
        """Whether the project wants the file, given relative to its root, in its reports."""
        absolute = str(Path(path).absolute())
        include, omit = self.coverage.config.report_include, self.coverage.config.report_omit
        if include and not GlobMatcher(prep_patterns(include)).match(absolute):
            return False
        return not (omit and GlobMatcher(prep_patterns(omit)).match(absolute))

    def coverage_of(self, data: CoverageData, measured: str, path: str) -> FileCoverage | None:
        """What the data say of `measured`, which is the file `path`; None if it cannot be parsed.

        Raises:
            BrokenReportError: the data are damaged.
        """
        reporter = PythonFileReporter(path, coverage=self.coverage)
        try:
            reporter.lines()
        except (NotPython, RecursionError, ValueError):
            return None
        try:
            analysis = analysis_from_file_reporter(data, 0, reporter, measured)
        except (CoverageException, TypeError, ValueError, AssertionError) as error:
            raise broken(error, data.base_filename()) from None
        return _coverage(analysis)


def _coverage(analysis: Analysis) -> FileCoverage:
    found = FileCoverage(has_branches=analysis.has_arcs)
    for line in analysis.statements:
        found.hit(line, covered=line in analysis.executed)
    taken = analysis.executed_branch_arcs() if analysis.has_arcs else {}
    stats = analysis.branch_stats() if analysis.has_arcs else {}
    for line, (total, covered) in stats.items():
        names = frozenset(("arc", str(target)) for target in taken.get(line, ()))
        found.branch(line, Branches(total, covered, names))
    return found


def _project_configuration(ignore: Ignore) -> CoverageConfig:
    """The configuration that coverage.py would take here; its defaults if it is broken."""
    for name, is_ours, _ in config_files_to_try(True):  # coverage.py's own signature
        config = CoverageConfig()
        try:
            is_read = config.from_file(name, lambda _: None, our_file=is_ours)
        except (CoverageException, ValueError) as error:
            ignore(name, "coverage", f"it cannot be read: {error}")
            return CoverageConfig()
        if is_read:
            if config.plugins:
                ignore(name, "plugins", _NO_PLUGINS)
            if config.report_contexts:
                ignore(name, "contexts", _ALL_CONTEXTS)
            return config
    return CoverageConfig()


def broken(error: Exception, path: str) -> BrokenReportError:
    """The error for a data file, without the place where it lies."""
    why = str(error).replace(repr(path), "").replace(path, "")
    return BrokenReportError(f"it cannot be read: {' '.join(why.split())}")
