"""Pages of lists, and how many items they hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

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
