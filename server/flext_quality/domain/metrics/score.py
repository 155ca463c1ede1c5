"""How good code is: scores and grades. The formula is in `scoring.py` and docs/scoring.md."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from flext_quality.domain.findings.finding import Category


class Grade(IntEnum):
    """A grade. The numbers are the contract's."""

    NONE = 0
    A_PLUS = 1
    A = 2
    B = 3
    C = 4
    D = 5
    F = 6

    @property
    def label(self) -> str:
        """As people write it; empty for NONE."""
        return "" if self is Grade.NONE else self.name.replace("_PLUS", "+")


_GRADES = (
    (95.0, Grade.A_PLUS),
    (85.0, Grade.A),
    (70.0, Grade.B),
    (55.0, Grade.C),
    (40.0, Grade.D),
)
"""The least score of each grade, best first; whatever is less is an F."""


def grade_of(score: float | None) -> Grade:
    """The grade of a score from 0 to 100; NONE without one."""
    if score is None:
        return Grade.NONE
    return next((grade for least, grade in _GRADES if score >= least), Grade.F)


@dataclass(frozen=True, slots=True)
class CategoryScore:
    """The score of one category, from 0 to 100."""

    category: Category
    score: float

    @property
    def grade(self) -> Grade:
        """Its grade."""
        return grade_of(self.score)


@dataclass(frozen=True, slots=True)
class Score:
    """How good code is.

    Attributes:
        overall: from 0 to 100; None where nothing was measured or there is no code.
        categories: those that were measured, in the order of the enum.
        confidence: the share of the weights that was measured, from 0 to 1.
    """

    overall: float | None = None
    categories: tuple[CategoryScore, ...] = ()
    confidence: float = 0.0

    @property
    def grade(self) -> Grade:
        """The grade of the overall score."""
        return grade_of(self.overall)
