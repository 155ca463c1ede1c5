"""From jscpd's pairs to clones with all their places, to findings and measures.

jscpd tells pairs: of three copies it tells two pairs, and which two depends on the order in which it
read the files. Pairs that share a place, to the line, are one clone here, whatever the order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from flext_quality.domain.findings.finding import Category, Finding, Location
from flext_quality.domain.sources.measures import FileMeasures
from flext_quality.infrastructure.analyzers.duplication.profile import PROFILE, RULE, severity_of

NAME = PROFILE.name
_NAMED_FILES = 3
"""How many other files a message names; `related` has every place."""


class Place(NamedTuple):
    """Whole lines of a file, from 1, both ends included."""

    path: str
    start: int
    end: int

    @property
    def line_count(self) -> int:
        """How many lines they are."""
        return self.end - self.start + 1


@dataclass(frozen=True, slots=True)
class Pair:
    """Two places with the same tokens."""

    first: Place
    second: Place
    tokens: int


@dataclass(frozen=True, slots=True)
class Clone:
    """A block and all its places, two or more, in order.

    Attributes:
        tokens: that all places have in common; where jscpd counts differently for its pairs, the least.
    """

    places: tuple[Place, ...]
    tokens: int

    def to_finding(self) -> Finding:
        """One finding at the first place. Its message does not change when the lines move."""
        first, *others = self.places
        lines = first.line_count
        return Finding(
            analyzer=NAME,
            rule=RULE,
            severity=severity_of(lines),
            message=(
                f"{lines} lines ({self.tokens} tokens) are duplicated in "
                f"{_where(first.path, others)}"
            ),
            path=first.path,
            line=first.start,
            end_line=first.end,
            category=Category.DUPLICATION,
            related=tuple(
                Location(
                    path=place.path,
                    line=place.start,
                    end_line=place.end,
                    message=f"the same {place.line_count} lines",
                )
                for place in others
            ),
        )


def _where(path: str, others: Sequence[Place]) -> str:
    files = sorted({place.path for place in others} - {path})
    names = ["the same file"] if any(place.path == path for place in others) else []
    names += files[:_NAMED_FILES]
    if (more := len(files) - _NAMED_FILES) > 0:
        names.append(f"{more} more file{'s' if more > 1 else ''}")
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def clones_of(pairs: Iterable[Pair]) -> list[Clone]:
    """The clones by their first places. The same, in whatever order the pairs come."""
    leaders: dict[Place, Place] = {}

    def leader_of(place: Place) -> Place:
        leader = leaders.setdefault(place, place)
        while leader != leaders[leader]:
            leaders[leader] = leaders[leaders[leader]]
            leader = leaders[leader]
        leaders[place] = leader
        return leader

    known = list(pairs)
    for pair in known:
        first, second = sorted((leader_of(pair.first), leader_of(pair.second)))
        leaders[second] = first
    places: defaultdict[Place, list[Place]] = defaultdict(list)
    for place in leaders:
        places[leader_of(place)].append(place)
    tokens: dict[Place, int] = {}
    for pair in known:
        leader = leader_of(pair.first)
        tokens[leader] = min(pair.tokens, tokens.get(leader, pair.tokens))
    return sorted(
        (Clone(tuple(sorted(group)), tokens[leader]) for leader, group in places.items()),
        key=lambda clone: clone.places,
    )


def measures_of(paths: Iterable[str], clones: Iterable[Clone]) -> list[FileMeasures]:
    """What is measured about each of the files, in their order.

    `duplicated_lines` counts a line once, however many clones hold it; `duplicated_blocks` counts the
    places of clones in the file.
    """
    lines: defaultdict[str, set[int]] = defaultdict(set)
    blocks: defaultdict[str, int] = defaultdict(int)
    for clone in clones:
        for place in clone.places:
            lines[place.path].update(range(place.start, place.end + 1))
            blocks[place.path] += 1
    return [
        FileMeasures(
            path,
            {"duplicated_lines": len(lines[path]), "duplicated_blocks": blocks[path]},
            duplicated=frozenset(lines[path]),
        )
        for path in paths
    ]
