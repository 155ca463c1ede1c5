"""CompareAnalyses: what is different between two analyses of one project."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from flext_quality.application.issues.scope import seen_as
from flext_quality.application.pages import DEFAULT_ISSUES_PAGE_SIZE, Page, page_limit
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.analyses.analysis import Analysis
from flext_quality.domain.analyses.comparison import ComparedIssue, IssueDifference
from flext_quality.domain.identifiers import AnalysisName

_CHANGES = (IssueDifference.NEW, IssueDifference.FIXED, IssueDifference.MOVED)


@dataclass(frozen=True, slots=True)
class ComparedMetric:
    """A metric in two analyses; None where it was not measured."""

    metric: str
    base: float | None
    head: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two analyses, what is different, and a page of the issues that are."""

    base: Analysis
    head: Analysis
    counts: Mapping[IssueDifference, int]
    metrics: list[ComparedMetric]
    issues: Page[ComparedIssue]


@dataclass(frozen=True)
class CompareAnalyses:
    """Compares what was stored; nothing is analysed again."""

    uow: UnitOfWorkFactory

    async def __call__(
        self,
        base: AnalysisName,
        head: AnalysisName,
        *,
        differences: Collection[IssueDifference],
        page_size: int,
        cursor: str,
    ) -> Comparison:
        """The differences, with a page of the issues that differ in one of these ways.

        Without any named, the ways are NEW, FIXED and MOVED. The cursor is "difference:id".

        Raises:
            QualityError: as CompareAnalyses in the contract.
        """
        limit = page_limit(page_size, DEFAULT_ISSUES_PAGE_SIZE)
        after = _place(cursor) if cursor else None
        async with self.uow(read_only=True) as uow:
            earlier = (await uow.analyses.get(base)).unwrap()
            later = (await uow.analyses.get(head)).unwrap()
            between = (base.project, seen_as(earlier), seen_as(later))
            counts = await uow.issues.differences(*between)
            # One more than fits is the proof that there is a next page.
            issues = await uow.issues.compared(
                *between, differences or _CHANGES, limit=limit + 1, after=after
            )
        following = _cursor(issues[limit - 1]) if len(issues) > limit else ""
        page = Page(issues[:limit], following)
        return Comparison(earlier, later, counts, _metrics(earlier, later), page)


def _metrics(base: Analysis, head: Analysis) -> list[ComparedMetric]:
    """Every metric that one of them measured, in the order of the keys."""
    before, after = _measures(base), _measures(head)
    return [
        ComparedMetric(key, before.get(key), after.get(key))
        for key in sorted(before.keys() | after.keys())
    ]


def _measures(analysis: Analysis) -> Mapping[str, float]:
    return analysis.results.measures if analysis.results else {}


def _cursor(last: ComparedIssue) -> str:
    return f"{int(last.difference)}:{last.issue.name.issue_id}"


def _place(cursor: str) -> tuple[IssueDifference, str]:
    difference, _, issue_id = cursor.partition(":")
    return IssueDifference(int(difference)), issue_id
