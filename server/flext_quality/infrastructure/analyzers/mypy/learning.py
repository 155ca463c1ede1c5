"""Learns from a run of MyPy that came to nothing what stands in the way."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flext_quality.application.ports.sources import Workspace
from flext_quality.domain.analyses.events import SkipReason
from flext_quality.domain.findings.finding import Finding
from flext_quality.infrastructure.analyzers.mypy.bases import base_of, is_above
from flext_quality.infrastructure.analyzers.mypy.configuration import MyPyConfiguration
from flext_quality.infrastructure.analyzers.mypy.invocation import Invoker, Outcome
from flext_quality.infrastructure.analyzers.mypy.knowledge import Import, Knowledge, Obstacle
from flext_quality.infrastructure.analyzers.mypy.output import Blocker, Kind, Message, blockers
from flext_quality.infrastructure.analyzers.mypy.plan import Plan

_MAX_BREAKDOWNS = 8
"""Files that MyPy's parser does not survive; after so many it is not asked any more."""

# Why a file is left out, and whether what MyPy said about it is a finding.
_REASONS = {
    Kind.DUPLICATE: (SkipReason.DUPLICATE_MODULE, False),
    Kind.NO_PACKAGE: (SkipReason.MODULE_NAME, True),
    Kind.CODE: (SkipReason.SYNTAX, True),
    Kind.UNDECODABLE: (SkipReason.ENCODING, False),
    Kind.CRASH: (SkipReason.TOOL_ERROR, False),
}


class Learner:
    """Gathers knowledge for the next plan.

    Attributes:
        configuration: what is used of the project's; less, once MyPy refused it.
        findings: what MyPy said about the files that stopped it.
    """

    def __init__(
        self, workspace: Workspace, invoker: Invoker, configuration: MyPyConfiguration
    ) -> None:
        self.configuration = configuration
        self.knowledge = Knowledge()
        self.findings: list[Finding] = []
        self._workspace = workspace
        self._invoker = invoker
        self._has_asked = False

    async def learn(self, outcome: Outcome, plan: Plan) -> bool:
        """Whether there is something to do differently now.

        Raises:
            QualityError: MyPy's parser could not be asked in time.
        """
        if outcome.ended.out_of_memory:
            return False
        found = blockers(outcome.messages, outcome.ended.stderr)
        if not found:
            return outcome.ended.exit_code > 0 and self._blame_configuration(outcome)
        if await self.ask_parser(plan):
            return True
        news = [self._take(blocker, outcome, plan) for blocker in found]
        return any(news)

    def _blame_configuration(self, outcome: Outcome) -> bool:
        """MyPy stopped without a word about any file: it may not like an option's value."""
        words = _last_line(outcome.ended.stderr)
        before = self.configuration
        if before.has_fragile:
            self.configuration = before.without_fragile(words)
        elif not before.is_empty:
            self.configuration = before.as_nothing(words)
        else:
            return False
        return True

    # --- the parser -------------------------------------------------------------------------------

    async def ask_parser(self, plan: Plan) -> bool:
        """Asks MyPy's parser about all files of a plan. False if it was asked before.

        All at once, because otherwise each broken file would cost a run.

        Raises:
            QualityError: it did not answer within the limits.
        """
        if self._has_asked:
            return False
        self._has_asked = True
        imports: dict[str, list[Import]] = {}
        listed = [module.path for run in plan.runs for module in run.modules]
        left = [plan.placing.original[path] for path in listed] + list(plan.duplicates)
        breakdowns = 0
        while left and breakdowns < _MAX_BREAKDOWNS:
            answers = (await self._invoker.parse(left)).unwrap()
            for path, answer in zip(left, answers, strict=False):
                self._heed(path, answer, imports)
            left = left[len(answers) :]
            if left:
                breakdowns += 1
                path = left.pop(0)
                self._block(path, Obstacle(SkipReason.TOOL_ERROR, "it breaks MyPy's parser"))
        self.knowledge.imports = imports
        return True

    def _heed(self, path: str, answer: Mapping[str, Any], imports: dict[str, list[Import]]) -> None:
        if "undecodable" in answer:
            self._block(path, Obstacle(SkipReason.ENCODING, str(answer["undecodable"])))
        elif answer["errors"]:
            self._block(path, Obstacle(SkipReason.SYNTAX))
            self.findings += [
                Message.of({"file": path, "severity": "error", "hint": None, **error}).finding(path)
                for error in answer["errors"]
            ]
        else:
            imports[path] = [(dots, name) for dots, name in answer["imports"]]

    # --- a run's last words -----------------------------------------------------------------------

    def _take(self, blocker: Blocker, outcome: Outcome, plan: Plan) -> bool:
        """Whether a blocker told something new."""
        path = plan.placing.original.get(blocker.path)
        if path is None:
            return self._take_foreign(blocker)
        if blocker.kind is Kind.FOUND_TWICE:
            return self._take_found_twice(blocker, plan)
        if blocker.kind is Kind.SHADOWS:
            return _added(self.knowledge.renamed, path)
        if blocker.kind is Kind.DUPLICATE:
            self.knowledge.unlisted.add(blocker.path)
        reason, has_finding = _REASONS[blocker.kind]
        is_new = self._block(path, Obstacle(reason, "" if has_finding else blocker.words))
        if is_new and has_finding:
            mine = [message for message in outcome.messages if message.path == blocker.path]
            self.findings += [message.finding(path) for message in mine]
        return is_new

    def _take_found_twice(self, blocker: Blocker, plan: Plan) -> bool:
        """Moves the base of names up, so that the file has the name by which it is imported."""
        present, wanted = (base_of(blocker.path, name) for name in blocker.names)
        promoted = self.knowledge.promoted
        if present is not None and wanted is not None and is_above(wanted, present):
            is_new = promoted.get(present) != wanted
            promoted[present] = wanted
            if is_new:
                return True
        # Then only the import names it.
        if _added(self.knowledge.unlisted, blocker.path):
            return True
        obstacle = Obstacle(SkipReason.DUPLICATE_MODULE, blocker.words)
        return self._block(plan.placing.original[blocker.path], obstacle)

    def _take_foreign(self, blocker: Blocker) -> bool:
        """A file outside of the project, such as an installed package's, that MyPy cannot read."""
        path = posixpath.normpath(posixpath.join(self._workspace.root.as_posix(), blocker.path))
        return Path(path).is_file() and _added(self.knowledge.foreign, path)

    def _block(self, path: str, obstacle: Obstacle) -> bool:
        if path in self.knowledge.obstacles:
            return False
        self.knowledge.obstacles[path] = obstacle
        return True


def _added(known: set[str], path: str) -> bool:
    is_new = path not in known
    known.add(path)
    return is_new


def _last_line(text: str) -> str:
    return text.strip().rpartition("\n")[2][:500]
