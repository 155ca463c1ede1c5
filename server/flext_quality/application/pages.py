"""Pages of lists, and how many items they hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
DEFAULT_PAGE_SIZE = 50
DEFAULT_FINDINGS_PAGE_SIZE = 100
DEFAULT_ISSUES_PAGE_SIZE = 100
DEFAULT_METRICS_PAGE_SIZE = 100
MAX_PAGE_SIZE = 1000
MAX_PAGE_BYTES = 1024**2
"""A page ends here whatever its size: clients take messages of 4 MiB, unless they are told otherwise."""


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some of a list.

    Attributes:
        more: whether something follows the last item.
        cursor_after: what leads to what follows the item at this index. Whoever sends fewer items than
            there are goes on from there.
    """

    items: Sequence[T]
    more: bool
    cursor_after: Callable[[int], str]

    @property
    def next_cursor(self) -> str:
        """What leads to what follows the last item; empty means that nothing does."""
        return self.cursor_after(len(self.items) - 1) if self.more else ""


def page_of(found: Sequence[T], limit: int, cursor: Callable[[T], str]) -> Page[T]:
    """The first `limit` of what was found; one more is the proof that something follows.

    `cursor` makes of an item what leads to what follows it.
    """
    return Page(found[:limit], len(found) > limit, lambda index: cursor(found[index]))


def page_from(all_items: Sequence[T], limit: int, cursor: str) -> Page[T]:
    """A page of a whole list. The cursor is how many items the pages before have passed."""
    start = int(cursor or 0)
    found = all_items[start : start + limit]
    more = start + limit < len(all_items)
    return Page(found, more, lambda index: str(start + index + 1))


def page_limit(page_size: int, default: int = DEFAULT_PAGE_SIZE) -> int:
    """How many items a page holds: `default` for 0, at most `MAX_PAGE_SIZE`."""
    return min(page_size or default, MAX_PAGE_SIZE)
