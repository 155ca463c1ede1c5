"""Comments that say what is still to be done, and by when."""

from __future__ import annotations

import asyncio
import hashlib
import io
import re
import tokenize
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path

from flext_quality.application.ports.analyzers import FindingSink
from flext_quality.application.ports.plugins import PluginContext
from flext_quality.application.ports.sources import Workspace
from flext_quality.domain.analyses.events import FilesSkipped, SkipReason
from flext_quality.domain.errors import NothingToAnalyzeError
from flext_quality.domain.findings.finding import Finding
from flext_quality.domain.findings.profile import AnalyzerProfile
from flext_quality.domain.result import FlextResult
from flext_quality_todo_analyzer.profile import SEVERITIES, profile

_DISTRIBUTION = "flext-quality-todo-analyzer"
_BATCH_FILES = 100


def create(context: PluginContext) -> TodoAnalyzer:
    """The factory that the entry point names. The operator may set other words than TODO.

    Raises:
        TypeError: the option is no list of words.
    """
    words = context.options.get("words", ["TODO"])
    if not isinstance(words, list) or not all(isinstance(w, str) and w.isalpha() for w in words):
        raise TypeError("the option words has to be a list of words made of letters")
    return TodoAnalyzer(
        context.name, profile(context.name), tuple(words), lambda: datetime.now(UTC).date()
    )


@dataclass(frozen=True)
class TodoAnalyzer:
    """Meets the `Analyzer` protocol. Reads comments only; nothing of the project is executed."""

    name: str
    profile: AnalyzerProfile
    words: tuple[str, ...]
    today: Callable[[], date]

    async def version(self) -> FlextResult[str]:
        """That of this distribution."""
        return FlextResult.ok(version(_DISTRIBUTION))

    async def run(self, workspace: Workspace, sink: FindingSink) -> FlextResult[None]:
        """Reads the files a few at a time, in a thread."""
        paths = [file.path for file in workspace.files]
        if not paths:
            return FlextResult.fail(NothingToAnalyzeError(self.name))
        digest = hashlib.sha256(" ".join(self.words).encode()).hexdigest()
        await sink.started(version(_DISTRIBUTION), len(paths), digest)
        for start in range(0, len(paths), _BATCH_FILES):
            batch = paths[start : start + _BATCH_FILES]
            found, unreadable = await asyncio.to_thread(self._scan, workspace.root, batch)
            await sink.findings(found)
            if unreadable:
                why = "not Python that can be split into tokens"
                skipped = FilesSkipped(SkipReason.SYNTAX, tuple(unreadable), self.name, why)
                await sink.skipped(skipped)
            await sink.progressed(min(start + _BATCH_FILES, len(paths)), len(paths))
        return FlextResult.ok(None)

    def _scan(self, root: Path, paths: Sequence[str]) -> tuple[list[Finding], list[str]]:
        found: list[Finding] = []
        unreadable = []
        for path in paths:
            try:
                found += list(self._findings(path, (root / path).read_bytes()))
            except (tokenize.TokenError, SyntaxError, UnicodeDecodeError):
                unreadable.append(path)
        return found, unreadable

    def _findings(self, path: str, content: bytes) -> Iterator[Finding]:
        wanted = re.compile(rf"\b({'|'.join(self.words)})\b(?:\((\d{{4}}-\d{{2}}-\d{{2}})\))?")
        for token in tokenize.tokenize(io.BytesIO(content).readline):
            match = wanted.search(token.string) if token.type == tokenize.COMMENT else None
            if match is not None:
                rule, message = self._judge(match[1], match[2])
                yield Finding(
                    analyzer=self.name,
                    rule=rule,
                    path=path,
                    line=token.start[0],
                    column=token.start[1] + 1 + match.start(),
                    severity=SEVERITIES.of(rule),
                    message=message,
                )

    def _judge(self, word: str, day: str | None) -> tuple[str, str]:
        """The rule, and the message."""
        if day is None:
            return "no-date", f"{word} without a date"
        try:
            due = date.fromisoformat(day)
        except ValueError:
            return "bad-date", f"{word} with a date that is none: {day}"
        if due < self.today():
            return "overdue", f"{word} was due on {day}"
        return "due", f"{word} is due on {day}"
