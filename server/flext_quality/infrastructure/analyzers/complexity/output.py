"""What `scanner.py` says of a file, and what it means to us."""

from __future__ import annotations

import math
from collections.abc import Iterator

import msgspec

from flext_quality.domain.analyses.events import SkipReason
from flext_quality.domain.findings.finding import Category, Finding
from flext_quality.domain.projects.project import Thresholds
from flext_quality.domain.sources.measures import FileMeasures
from flext_quality.infrastructure.analyzers.complexity.profile import PROFILE, severity_of
from flext_quality.infrastructure.analyzers.per_file.result import FileResult


class Function(msgspec.Struct, gc=False):
    """A function, method or closure; `name` holds those of what is around it, separated by dots.

    `cognitive` is None of what complexipy does not tell of: closures, which count in the function around
    them, and what a comment such as `# complexipy: ignore` leaves out.
    """

    name: str
    line: int
    column: int
    cyclomatic: int
    cognitive: int | None
    nesting: int


class ComplexityResult(FileResult, omit_defaults=True, kw_only=True, gc=False):
    """What was measured in a file.

    Attributes:
        has_cognitive: whether complexipy could read it.
        maintainability: radon's index, 0 to 100; None if radon could not read it.
        failure: the words of the tool that could not.
    """

    functions: list[Function] = msgspec.field(default_factory=list)
    classes: int = 0
    has_cognitive: bool = True
    maintainability: float | None = None
    failure: str = ""

    @property
    def skip(self) -> tuple[SkipReason, str] | None:
        """Why the file, or a part of the work on it, was left out; None if nothing was."""
        if not self.error and self.failure:
            return SkipReason.TOOL_ERROR, self.failure
        return super().skip

    def measures(self) -> FileMeasures | None:
        """What was measured; None if the file could not be read."""
        if self.error:
            return None
        values: dict[str, float] = {
            "functions": len(self.functions),
            "classes": self.classes,
            "cyclomatic_complexity": sum(one.cyclomatic for one in self.functions),
        }
        cognitive = [one.cognitive for one in self.functions if one.cognitive is not None]
        if self.maintainability is not None:
            values["maintainability_index"] = self.maintainability
        if self.has_cognitive:
            values["cognitive_complexity"] = sum(cognitive)
        if self.functions:
            values["max_cyclomatic_complexity"] = max(one.cyclomatic for one in self.functions)
            values["max_nesting_depth"] = max(one.nesting for one in self.functions)
        if cognitive:
            values["max_cognitive_complexity"] = max(cognitive)
        return FileMeasures(self.path, values)

    def findings(self, thresholds: Thresholds) -> Iterator[Finding]:
        """What lies beyond the thresholds, of which 0 stands for none, in the order of the text."""
        index, lowest = self.maintainability, thresholds.maintainability_index
        if index is not None and index < lowest:
            # Rounded down, or 19.96 would be told as the threshold itself.
            told = (
                f"the maintainability index is {math.floor(index * 10) / 10} (threshold {lowest})"
            )
            # Half as good is as bad as twice as complex.
            yield self._finding(
                "maintainability-index", told, lowest / index if index else math.inf
            )
        for one in self.functions:
            for rule, value, highest in (
                ("cyclomatic-complexity", one.cyclomatic, thresholds.cyclomatic_complexity),
                ("cognitive-complexity", one.cognitive or 0, thresholds.cognitive_complexity),
                ("nesting-depth", one.nesting, thresholds.nesting_depth),
            ):
                if highest and value > highest:
                    what = rule.replace("-", " ")
                    told = f"{one.name}: the {what} is {value} (threshold {highest})"
                    yield self._finding(rule, told, value / highest, one)

    def _finding(
        self, rule: str, message: str, times: float, function: Function | None = None
    ) -> Finding:
        return Finding(
            analyzer=PROFILE.name,
            rule=rule,
            severity=severity_of(times),
            message=message,
            path=self.path,
            line=function.line if function else 0,
            column=function.column if function else 0,
            category=Category.MAINTAINABILITY,
        )
