"""Why issues appear: because code changed, or because the analyzer did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from flext_quality.domain.findings.finding import Finding
from flext_quality.domain.findings.outcome import AnalyzerOutcome
from flext_quality.domain.issues.issue import IssueOrigin
from flext_quality.domain.sources.measures import FileRecord


@dataclass(frozen=True, slots=True)
class CodeBefore:
    """The code as an earlier analysis saw it.

    Attributes:
        contents: the SHA-256 of each file, by path.
        lines: the hashes of a file's lines, by the SHA-256; of those files that matter.
    """

    contents: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[str, AbstractSet[int]] = field(default_factory=dict)

    def had(self, finding: Finding, content: str) -> bool:
        """Whether what the finding is about stood there before; `content` is that of its file now.

        Its line, anywhere in its file; or all of the file, under whatever name.
        """
        before = self.contents.get(finding.path)
        if before == content:
            return True
        if before is None:
            return bool(content) and content in self.contents.values()
        return bool(finding.line_hash) and finding.line_hash in self.lines.get(before, ())


def contents_of(records: Iterable[FileRecord]) -> dict[str, str]:
    """The SHA-256 of each file, by path."""
    return {record.path: record.sha256 for record in records}


def is_other_analyzer(now: AnalyzerOutcome, before: AnalyzerOutcome | None) -> bool:
    """Whether an analyzer may find other things in the same code: it is new, or another version or set-up."""
    return before is None or (now.version, now.config_digest) != (
        before.version,
        before.config_digest,
    )


def origin_of(
    finding: Finding, content: str, before: CodeBefore | None, *, is_other: bool
) -> IssueOrigin:
    """Why an issue appears.

    `before` is None without an earlier analysis; `is_other` tells of the analyzer (`is_other_analyzer`).
    """
    if before is None:
        return IssueOrigin.FIRST_ANALYSIS
    if is_other and before.had(finding, content):
        return IssueOrigin.ANALYZER_CHANGE
    return IssueOrigin.CODE_CHANGE
