"""An analyzer as the settings make it now."""

from __future__ import annotations

from collections.abc import Callable

from flext_quality.application.findings.analyzers import Analyzers
from flext_quality.application.ports.analyzers import Analyzer, FindingSink
from flext_quality.application.ports.flags import FeatureFlags
from flext_quality.application.ports.sources import Workspace
from flext_quality.domain.errors import AnalyzerDisabledError
from flext_quality.domain.findings.profile import AnalyzerProfile
from flext_quality.domain.result import FlextResult


class CurrentAnalyzer:
    """The `Analyzer` of a name. `current` tells who that is now; a run keeps what it began with.

    The flag `analyzer.NAME` says for which projects it runs.
    """

    def __init__(self, name: str, current: Callable[[], Analyzers], flags: FeatureFlags) -> None:
        self._name = name
        self._current = current
        self._flags = flags

    @property
    def name(self) -> str:
        """Lower case, as in the contract."""
        return self._name

    @property
    def profile(self) -> AnalyzerProfile:
        """What the server knows of it, which no setting changes."""
        return self._analyzer().profile

    async def version(self) -> FlextResult[str]:
        """The tool's version."""
        return await self._analyzer().version()

    async def run(self, workspace: Workspace, sink: FindingSink) -> FlextResult[None]:
        """Analyses the working copy, unless the analyzer is off for its project."""
        if not self._flags.is_on(f"analyzer.{self._name}", workspace.project, default=True):
            return FlextResult.fail(AnalyzerDisabledError(self._name))
        return await self._analyzer().run(workspace, sink)

    def _analyzer(self) -> Analyzer:
        return self._current().by_name[self._name]
