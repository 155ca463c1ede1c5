"""Which lines are new since an earlier analysis, and what is measured about them.

A line is new if its file has it more often than before, so lines that only moved within their file are not
new. A file that was not there before is compared with the one that went and has the same content or, if there
is none, the most lines in common; with nothing, where fewer than half of its lines are in one of them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from flext_quality.domain.sources.measures import FileRecord, LineHashes

_MIN_COMMON = 0.5
"""Of a new file's lines, to be taken for a renamed one: the share that Git takes for renames."""

_MAX_PAIRS = 200_000
"""Of equal lines, up to which their best alignment is looked for; it takes time that grows with them."""


@dataclass(frozen=True, slots=True)
class NewCode:
    """The new lines of each file that has some: numbers, ascending; blank lines are left out."""

    lines: Mapping[str, Sequence[int]]

    @property
    def line_count(self) -> int:
        """All of them."""
        return sum(map(len, self.lines.values()))

    def values(self, current: Iterable[FileRecord]) -> dict[str, float]:
        """The measures of the new lines by metric key; what was not measured is absent."""
        covered = coverable = duplicated = compared = 0
        was_compared = False
        for record in current:
            new = frozenset(self.lines.get(record.path, ()))
            hit, missed = len(new.intersection(record.covered)), new.intersection(record.uncovered)
            covered += hit
            coverable += hit + len(missed)
            if "duplicated_lines" in record.values:
                was_compared = True
                compared += len(new)
                duplicated += len(new.intersection(record.duplicated))
        values = {"new_lines": float(self.line_count)}
        if coverable:
            values["new_line_coverage"] = 100 * covered / coverable
        if was_compared and compared:
            values["new_duplication"] = 100 * duplicated / compared
        return values


def changed_contents(baseline: Iterable[FileRecord], current: Iterable[FileRecord]) -> set[str]:
    """The contents (by SHA-256) whose lines `new_code_of` compares."""
    before = {record.path: record.sha256 for record in baseline}
    now = {record.path: record.sha256 for record in current}
    old = {sha for path, sha in before.items() if now.get(path) != sha}
    return old | {sha for path, sha in now.items() if before.get(path) != sha}


def new_code_of(
    baseline: Sequence[FileRecord],
    current: Sequence[FileRecord],
    lines: Mapping[str, LineHashes],
) -> NewCode:
    """What is new in `current` since `baseline`.

    `lines` are those of all `changed_contents`, by SHA-256; a content that is not there has none.
    """
    before = {record.path: record.sha256 for record in baseline}
    gone = _Gone(before, {record.path for record in current}, lines)
    new: dict[str, Sequence[int]] = {}
    for record in current:
        ancestor = before.get(record.path) or gone.ancestor(record.sha256)
        if ancestor == record.sha256:
            continue
        numbers = new_lines(lines.get(ancestor, ()), lines.get(record.sha256, ()))
        if numbers:
            new[record.path] = numbers
    return NewCode(new)


def new_lines(before: LineHashes, now: LineHashes) -> list[int]:
    """The numbers of the lines that `now` has more often than `before`; blank lines are left out."""
    excess = Counter(now)
    excess.subtract(Counter(before))
    excess[0] = 0
    candidates = [i for i in _unmatched(before, now) if excess[now[i]] > 0]
    chosen: list[int] = []
    # The last of equal ones, since what is added comes after what was there more often than before it.
    for i in reversed(candidates):
        if excess[now[i]] > 0:
            excess[now[i]] -= 1
            chosen.append(i + 1)
    return chosen[::-1]


def _unmatched(before: LineHashes, now: LineHashes) -> Iterable[int]:
    """Indices into `now` of what an alignment with `before` leaves over, or of all but the common ends."""
    start = 0
    shorter = min(len(before), len(now))
    while start < shorter and before[start] == now[start]:
        start += 1
    end = 0
    while end < shorter - start and before[-1 - end] == now[-1 - end]:
        end += 1
    old, new = list(before[start : len(before) - end]), list(now[start : len(now) - end])
    counts = Counter(old)
    if sum(counts[line] for line in new) > _MAX_PAIRS:
        return range(start, start + len(new))
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    matched = {
        block.b + offset for block in matcher.get_matching_blocks() for offset in range(block.size)
    }
    return [start + i for i in range(len(new)) if i not in matched]


class _Gone:
    """The files that were there before and are not now."""

    def __init__(
        self, before: Mapping[str, str], now: set[str], lines: Mapping[str, LineHashes]
    ) -> None:
        self._lines = lines
        self._contents = sorted({sha for path, sha in before.items() if path not in now})
        self._files_by_line: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        for number, sha in enumerate(self._contents):
            for line, count in Counter(lines.get(sha, ())).items():
                self._files_by_line[line].append((number, count))

    def ancestor(self, sha: str) -> str:
        """The content that a new file most likely had before; empty if none."""
        if sha in self._contents:
            return sha
        lines = Counter(self._lines.get(sha, ()))
        lines.pop(0, None)
        common: Counter[int] = Counter()
        for line, count in lines.items():
            for number, there in self._files_by_line.get(line, ()):
                common[number] += min(count, there)
        if not common:
            return ""
        best = max(common, key=lambda number: (common[number], -number))
        return self._contents[best] if common[best] >= _MIN_COMMON * lines.total() else ""
