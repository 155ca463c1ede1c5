"""What each figure must reach: the one table of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Judged(Enum):
    """What of a figure is held against its bound."""

    VALUE = "value"
    RATIO = "ratio to the peer"
    DIFFERENCE = "difference from the peer"


@dataclass(frozen=True, slots=True)
class Target:
    """A bound, in the figure's unit where it is no ratio."""

    judged: Judged
    bound: float
    at_least: bool = False

    def is_reached_by(self, value: float) -> bool:
        """Whether `value` is on the right side of the bound."""
        return value >= self.bound if self.at_least else value <= self.bound

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {self.bound:g}"


# MB are 1,000,000 bytes.
TARGETS: Mapping[str, Target] = {
    "cold analysis of Django": Target(Judged.RATIO, 0.55),
    "cold analysis of Django, all analyzers": Target(Judged.RATIO, 0.58),
    "51,724 findings stored": Target(Judged.DIFFERENCE, 3.0),
    "51,724 findings streamed": Target(Judged.RATIO, 1.5),
    "51,724 findings, peak memory": Target(Judged.VALUE, 350.0),
    "51,724 findings tracked, all moved": Target(Judged.VALUE, 2.0),
    "51,724 findings tracked, none changed": Target(Judged.VALUE, 2.0),
    "rows written without a change, 50,000 findings / 1,000": Target(Judged.DIFFERENCE, 0),
    "1,000,000 issues exported": Target(Judged.RATIO, 1.5),
    "1,000,000 issues exported, growth of peak memory": Target(Judged.VALUE, 30.0),
    "first event": Target(Judged.VALUE, 50.0),
    "GetAnalysis calls": Target(Judged.RATIO, 0.3, at_least=True),
    "start to SERVING": Target(Judged.VALUE, 1.5),
    "idle memory": Target(Judged.VALUE, 130.0),
    "500 watchers, those that missed something": Target(Judged.VALUE, 0),
    "a year by day of one project": Target(Judged.VALUE, 20.0),
    "one metric over 1,000 projects": Target(Judged.VALUE, 200.0),
    "a year by week, ten times the analyses": Target(Judged.RATIO, 1.25),
    "over 1,000 projects, ten times the analyses": Target(Judged.RATIO, 1.25),
    "rules that differ: requests": Target(Judged.VALUE, 0),
    "rules that differ: flask": Target(Judged.VALUE, 0),
    "rules that differ: celery": Target(Judged.VALUE, 0),
    "rules that differ: django": Target(Judged.VALUE, 0),
}
"""By the name of the figure. A figure that is not here is for information only."""
