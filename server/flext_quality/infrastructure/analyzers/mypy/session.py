"""One analysis: runs MyPy, learns from what stops it, and goes on until everything is checked."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from flext_quality.application.ports.analyzers import FindingSink
from flext_quality.application.ports.sources import Workspace
from flext_quality.domain.analyses.events import FilesSkipped, SkipReason
from flext_quality.domain.errors import QualityError, ToolFailedError
from flext_quality.domain.findings.finding import Finding
from flext_quality.domain.result import FlextResult
from flext_quality.infrastructure.analyzers.mypy.cache import MyPyCache
from flext_quality.infrastructure.analyzers.mypy.configuration import MyPyConfiguration
from flext_quality.infrastructure.analyzers.mypy.invocation import Invoker, Outcome
from flext_quality.infrastructure.analyzers.mypy.learning import Learner
from flext_quality.infrastructure.analyzers.mypy.output import ANALYZER, sort_key
from flext_quality.infrastructure.analyzers.mypy.overlay import Overlay
from flext_quality.infrastructure.analyzers.mypy.plan import Plan, Run, make_plan
from flext_quality.infrastructure.analyzers.process import within_limit

MAX_INVOCATIONS = 64
"""How often MyPy is run at most. Each that comes to nothing finds at least one obstacle."""


class Session:
    """Type-checks one working copy, once."""

    def __init__(
        self,
        workspace: Workspace,
        sink: FindingSink,
        invoker: Invoker,
        cache: MyPyCache,
        configuration: MyPyConfiguration,
        time_limit: float,
    ) -> None:
        self._time_limit = time_limit
        self._workspace = workspace
        self._sink = sink
        self._invoker = invoker
        self._cache = cache
        self._learner = Learner(workspace, invoker, configuration)
        self._overlay = Overlay(workspace.root, workspace.scratch / ANALYZER / "tree")
        self._findings: dict[int, list[Finding]] = {}
        self._duplicates: tuple[str, ...] = ()
        self._invocations = 0
        self._ignored_before = len(configuration.ignored)

    async def run(self, paths: Sequence[str], taken: Sequence[str]) -> FlextResult[None]:
        """Checks the files `taken` of the project's Python files `paths`.

        Whatever was found is told, even if it fails in the end.
        """
        await self._sink.progressed(0, len(taken))
        result = await within_limit(
            ANALYZER, self._time_limit, self._go_on_until_done(paths, taken)
        )
        await self._tell()
        if result.is_success:
            await self._sink.progressed(len(taken), len(taken))
        return result

    async def _go_on_until_done(
        self, paths: Sequence[str], taken: Sequence[str]
    ) -> FlextResult[None]:
        try:
            plan = await self._next_plan(paths, taken)
            # What the files import may tell how to do with fewer runs.
            if len(plan.runs) > 1 and await self._learner.ask_parser(plan):
                plan = await self._next_plan(paths, taken)
            while not await self._carry_out(plan):
                plan = await self._next_plan(paths, taken)
        except QualityError as error:
            return FlextResult.fail(error)
        return FlextResult.ok(None)

    async def _next_plan(self, paths: Sequence[str], taken: Sequence[str]) -> Plan:
        plan = await asyncio.to_thread(self._make_plan, paths, taken)
        self._duplicates = plan.duplicates
        return plan

    def _make_plan(self, paths: Sequence[str], taken: Sequence[str]) -> Plan:
        learner = self._learner
        plan = make_plan(
            paths, taken, self._workspace.root.name, learner.configuration, learner.knowledge
        )
        if not plan.as_is:
            self._overlay.fill(plan.placing.placed, learner.knowledge.obstacles)
        return plan

    async def _carry_out(self, plan: Plan) -> bool:
        """Whether all runs of the plan were complete. If not, there is more knowledge now.

        Raises:
            QualityError: there is no way on.
        """
        self._findings.clear()
        done, total = 0, sum(len(run.modules) for run in plan.runs)
        for number, run in enumerate(plan.runs):
            outcome = await self._check(plan, number, run)
            if not outcome.is_complete:
                if not await self._learner.learn(outcome, plan):
                    if not self._cache.is_fresh(number) and not outcome.ended.out_of_memory:
                        # A cache can be damaged in ways that MyPy does not survive.
                        self._cache.empty(number)
                        return False
                    raise outcome.ended.failure
                return False
            self._findings[number] = self._own_findings(outcome, plan, number)
            done += len(run.modules)
            await self._sink.progressed(done, total)
        return True

    async def _check(self, plan: Plan, number: int, run: Run) -> Outcome:
        outcome = await self._invoke(plan, number, run)
        if outcome.is_complete and self._is_stale(outcome, plan, number):
            self._cache.empty(number)
            outcome = await self._invoke(plan, number, run)
        return outcome

    async def _invoke(self, plan: Plan, number: int, run: Run) -> Outcome:
        self._invocations += 1
        if self._invocations > MAX_INVOCATIONS:
            words = f"something still stops it after {MAX_INVOCATIONS} runs"
            raise ToolFailedError(ANALYZER, 2, words)
        configuration = self._learner.configuration
        if plan.as_is:
            root, targets, text = self._workspace.root, [], configuration.to_toml()
        else:
            root = self._overlay.directory
            targets = [module.path for module in run.modules]
            text = configuration.to_toml(
                mypy_path=[f"./{directory}" for directory in run.search_path],
                explicit_package_bases=True,
                namespace_packages=True,
                no_namespace_packages=None,
                exclude=None,
                exclude_gitignore=None,
            )
        cache = await asyncio.to_thread(self._cache.for_run, number, run.layout)
        foreign = sorted(self._learner.knowledge.foreign)
        return (await self._invoker.check(root, targets, text, cache, foreign)).unwrap()

    def _is_stale(self, outcome: Outcome, plan: Plan, number: int) -> bool:
        """Whether a finding comes from the cache, about a file that has moved since."""
        known = plan.placing.original
        return not self._cache.is_fresh(number) and any(
            message.path not in known and not (self._root(plan) / message.path).exists()
            for message in outcome.messages
        )

    def _root(self, plan: Plan) -> Path:
        return self._workspace.root if plan.as_is else self._overlay.directory

    def _own_findings(self, outcome: Outcome, plan: Plan, number: int) -> list[Finding]:
        """What a run found in the files that it was to check, and in those that no other run checks.

        MyPy follows imports, so a run also finds what is in the files of others.
        """
        others = {
            module.path
            for other, run in enumerate(plan.runs)
            if other != number
            for module in run.modules
        }
        obstacles = self._learner.knowledge.obstacles
        found: list[Finding] = []
        for message in outcome.messages:
            path = plan.placing.original.get(message.path)
            if path is None or path in obstacles or message.path in others:
                continue
            found.append(message.finding(path))
        return found

    async def _tell(self) -> None:
        """Tells what was found and left out so far."""
        findings = [f for found in self._findings.values() for f in found]
        if len(self._findings) > 1:
            # A file that no run was to check may have been found by several.
            findings = list(dict.fromkeys(findings))
        findings += self._learner.findings
        await self._sink.findings(sorted(findings, key=sort_key))
        for ignored in self._learner.configuration.ignored[self._ignored_before :]:
            await self._sink.configuration_ignored(ignored)
        skipped: dict[tuple[SkipReason, str], list[str]] = defaultdict(list)
        for path, obstacle in self._learner.knowledge.obstacles.items():
            skipped[obstacle.reason, obstacle.detail].append(path)
        if self._duplicates:
            detail = "other files have its module name"
            skipped[SkipReason.DUPLICATE_MODULE, detail] += self._duplicates
        for (reason, detail), paths in sorted(skipped.items()):
            await self._sink.skipped(FilesSkipped(reason, tuple(sorted(paths)), ANALYZER, detail))
