"""The analyzers that the server has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flext_quality.application.ports.analyzers import Analyzer
from flext_quality.domain.errors import UnknownAnalyzerError
from flext_quality.domain.findings.profile import AnalyzerProfiles


@dataclass(frozen=True)
class Analyzers:
    """The analyzers by name."""

    by_name: dict[str, Analyzer]

    @classmethod
    def of(cls, *analyzers: Analyzer) -> Analyzers:
        """A collection of these analyzers."""
        return cls({analyzer.name: analyzer for analyzer in analyzers})

    @property
    def profiles(self) -> AnalyzerProfiles:
        """What the analyzers tell of themselves."""
        return AnalyzerProfiles.of(*(analyzer.profile for analyzer in self.by_name.values()))

    def choose(self, names: Sequence[str]) -> list[str]:
        """The asked names, or all if none is asked for, in alphabetical order.

        Raises:
            UnknownAnalyzerError: there is none of one of the names.
        """
        available = sorted(self.by_name)
        for name in names:
            if name not in self.by_name:
                raise UnknownAnalyzerError(name, available)
        return sorted(set(names)) or available
