"""From a run's results to findings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from flext_quality.domain.analyses.events import FilesSkipped, SkipReason
from flext_quality.domain.findings.finding import Edit, Finding, Fix, Location
from flext_quality.infrastructure.analyzers.sarif import schema
from flext_quality.infrastructure.analyzers.sarif.places import Places, ProjectFiles
from flext_quality.infrastructure.analyzers.sarif.regions import Regions, Texts
from flext_quality.infrastructure.analyzers.sarif.rules import (
    RuleFacts,
    Rules,
    category_of,
    confidence_of,
    fallback_message,
    message_of,
    severity_of,
)
from flext_quality.infrastructure.sources.selection import escaped

_NO_FINDINGS = frozenset({"pass", "notApplicable"})
"""Kinds of results that tell of nothing to mend."""
_NOT_ACCEPTED = frozenset({"underReview", "rejected"})
_SHOWN_CHARACTERS = 500
_ERROR = "error"


@dataclass
class LeftOut:
    """What a log tells and findings do not, by the files that it is about."""

    outside: set[str] = field(default_factory=set)
    suppressed: list[str] = field(default_factory=list)
    without_file: list[str] = field(default_factory=list)
    unread: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def events(self, analyzer: str, log: str) -> list[FilesSkipped]:
        """What to report of the log called `log`."""
        told = []
        if self.outside:
            why = f"{log} names it, and it is no file of the project"
            told.append((SkipReason.EXCLUDED, sorted(self.outside), why))
        if self.suppressed:
            count, files = len(self.suppressed), sorted(set(self.suppressed))
            why = f"results that are suppressed in {log}: {count:,} in all; they are no findings"
            told.append((SkipReason.EXCLUDED, files, why))
        if self.without_file:
            rules = ", ".join(sorted(set(self.without_file)))
            why = f"results that name no file: {len(self.without_file):,} in all, of {rules}"
            told.append((SkipReason.EXCLUDED, [log], _shown(why)))
        told += [
            (SkipReason.TOOL_ERROR, sorted(paths), _shown(words))
            for words, paths in sorted(self.unread.items())
        ]
        return [
            FilesSkipped(reason, tuple(paths), analyzer, detail) for reason, paths, detail in told
        ]


@dataclass
class RunReader:
    """Reads one run.

    Attributes:
        prefix: what the rules' ids get before them.
        left_out: filled while `findings` is used up.
    """

    analyzer: str
    run: schema.Run
    files: ProjectFiles
    texts: Texts
    prefix: str
    left_out: LeftOut = field(default_factory=LeftOut)

    def __post_init__(self) -> None:
        self._rules = Rules(self.run)
        self._places = Places(self.files, self.run)
        self._regions = Regions(self.texts, self.run.column_kind)

    def findings(self) -> Iterator[Finding]:
        """The findings, in the order of the log."""
        for result in self.run.results or ():
            if result.kind in _NO_FINDINGS or result.baseline_state == "absent":
                continue
            finding = self._finding(result)
            if finding is not None:
                yield finding
        self._read_notifications()

    @property
    def file_count(self) -> int:
        """How many files of the project the run names."""
        places = self._places
        named = [artifact.location for artifact in self.run.artifacts or ()]
        named += [_primary(result)[0] for result in self.run.results or ()]
        return len({path for location in named if (path := places.path_of(location)) is not None})

    def _finding(self, result: schema.Result) -> Finding | None:
        name, facts = self._rules.of(result)
        location, region = _primary(result)
        uri = self._places.uri_of(location)
        path = self._places.path_of(location)
        if _is_suppressed(result):
            self.left_out.suppressed.append(path or (_shown(uri) if uri else "(no file)"))
            return None
        if path is None:
            if uri:
                self.left_out.outside.add(_shown(uri))
            else:
                self.left_out.without_file.append(escaped(name))
            return None
        span = self._regions.span(path, region)
        return Finding(
            analyzer=self.analyzer,
            rule=f"{self.prefix}{name}",
            severity=severity_of(result, facts),
            message=message_of(result.message, facts) or fallback_message(name, facts),
            path=path,
            line=span.line,
            column=span.column,
            end_line=span.end_line,
            end_column=span.end_column,
            documentation_url=facts.help_uri,
            confidence=confidence_of(result, facts),
            fix=self._fix(result, path, facts),
            category=category_of(result, facts),
            related=tuple(self._related(result, facts)),
        )

    def _related(self, result: schema.Result, facts: RuleFacts) -> Iterator[Location]:
        """The result's further locations and those that it calls related, as far as in the project."""
        for place in (*(result.locations or ())[1:], *(result.related_locations or ())):
            physical = place.physical_location
            path = self._places.path_of(physical.artifact_location) if physical else None
            if physical is None or path is None:
                continue
            span = self._regions.span(path, physical.region)
            message = message_of(place.message, facts)
            yield Location(path, span.line, span.column, span.end_line, span.end_column, message)

    def _fix(self, result: schema.Result, path: str, facts: RuleFacts) -> Fix | None:
        """The first fix that changes this file only; without its edits where none does."""
        described: Fix | None = None
        for fix in result.fixes or ():
            description = message_of(fix.description, facts)
            edits = self._edits(fix, path)
            if edits:
                return Fix(description, edits=edits)
            described = described or Fix(description)
        return described if described is not None and described.description else None

    def _edits(self, fix: schema.Fix, path: str) -> tuple[Edit, ...]:
        """The replacements in the order of the file; none if they cannot be told exactly."""
        edits = []
        for change in fix.artifact_changes or ():
            if self._places.path_of(change.artifact_location) != path:
                return ()
            for replacement in change.replacements:
                span = self._regions.replaced(path, replacement.deleted_region)
                if span is None:
                    return ()
                text = replacement.inserted_content
                content = (text.text or "") if text else ""
                edits.append(Edit(span.line, span.column, span.end_line, span.end_column, content))
        edits.sort(key=lambda edit: (edit.start_line, edit.start_column))
        return () if _overlap(edits) else tuple(edits)

    def _read_notifications(self) -> None:
        """Files that the tool says it failed on."""
        for invocation in self.run.invocations or ():
            for notification in invocation.tool_execution_notifications or ():
                if notification.level != _ERROR:
                    continue
                words = notification.message.text if notification.message else None
                for place in notification.locations or ():
                    physical = place.physical_location
                    path = self._places.path_of(physical.artifact_location) if physical else None
                    if path is not None:
                        self.left_out.unread[words or ""].add(path)


def _primary(
    result: schema.Result,
) -> tuple[schema.ArtifactLocation | None, schema.Region | None]:
    """The file that the result is about, and where in it."""
    physical = result.locations[0].physical_location if result.locations else None
    if physical is None or physical.artifact_location is None:
        return result.analysis_target, None
    return physical.artifact_location, physical.region


def _is_suppressed(result: schema.Result) -> bool:
    """Whether somebody suppressed it and nobody has still to agree (§3.27.23)."""
    return bool(result.suppressions) and not any(
        suppression.status in _NOT_ACCEPTED for suppression in result.suppressions or ()
    )


def _overlap(edits: Sequence[Edit]) -> bool:
    return any(
        (before.end_line, before.end_column) > (after.start_line, after.start_column)
        for before, after in pairwise(edits)
    )


def _shown(text: str) -> str:
    """The text for people, in one line of bearable length."""
    cut = len(text) - _SHOWN_CHARACTERS
    return escaped(f"{text[:_SHOWN_CHARACTERS]}… ({cut:,} more characters)" if cut > 0 else text)
