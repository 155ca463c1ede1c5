"""What use cases answer with, where a domain object alone does not say it all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from flext_quality.application.ports.storage import UnitOfWork
from flext_quality.domain.analysis import Analysis, AnalysisState

T = TypeVar("T")

DEFAULT_PAGE_SIZE = 50
DEFAULT_FINDINGS_PAGE_SIZE = 100
DEFAULT_ISSUES_PAGE_SIZE = 100
MAX_PAGE_SIZE = 1000


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some of a list. `next_cursor` leads to what follows; empty means that nothing does."""

    items: list[T]
    next_cursor: str


def page_limit(page_size: int, default: int = DEFAULT_PAGE_SIZE) -> int:
    """How many items a page holds: `default` for 0, at most `MAX_PAGE_SIZE`."""
    return min(page_size or default, MAX_PAGE_SIZE)


@dataclass(frozen=True, slots=True)
class AnalysisView:
    """An analysis and its place among the waiting ones, from 1; 0 unless it waits."""

    analysis: Analysis
    queue_position: int = 0

    @classmethod
    async def of(cls, analysis: Analysis, uow: UnitOfWork) -> AnalysisView:
        """The view of `analysis` as `uow` sees the queue."""
        if analysis.state is not AnalysisState.PENDING:
            return cls(analysis)
        return cls(analysis, await uow.analyses.queue_position(analysis.name))
