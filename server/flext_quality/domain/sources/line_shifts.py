"""Where lines of a file went, by those that are unmistakable; and pairing by the least distance."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from heapq import heapify, heappop, heappush


class LineShifts:
    """By how much lines of one file moved, told by lines of which both places are known.

    Args:
        anchors: such lines: where each was, and where it is.
    """

    GUESSES = 3

    def __init__(self, anchors: Iterable[tuple[int, int]]) -> None:
        pairs = sorted(set(anchors))
        self._lines = [line for line, _ in pairs]
        self._shifts = [now - line for line, now in pairs]

    def expected(self, line: int) -> tuple[int, ...]:
        """Where a line may be now, most likely first: as its neighbours above and below, or as it was."""
        if not self._lines:
            return (line,) * self.GUESSES
        above = bisect_left(self._lines, line + 1) - 1
        below = min(above + 1, len(self._lines) - 1)
        shifts = (self._shifts[max(above, 0)], self._shifts[below], 0)
        return tuple(line + shift for shift in shifts)


def nearest_in_order(left: Sequence[int], right: Sequence[int]) -> list[tuple[int, int]]:
    """Pairs of indices of two ascending sequences of numbers, as many as the shorter one has.

    Of the longer one those are left over that are farthest from the others; the rest pair in order.
    """
    if len(left) == len(right):
        return [(index, index) for index in range(len(left))]
    chosen = _nearest(left, right)
    return list(zip(sorted(a for a, _ in chosen), sorted(b for _, b in chosen), strict=True))


def _nearest(left: Sequence[int], right: Sequence[int]) -> list[tuple[int, int]]:
    """Takes the nearest pair of neighbours again and again. In n log n: the heap knows all neighbours."""
    places = sorted(
        [(at, 0, i) for i, at in enumerate(left)] + [(at, 1, i) for i, at in enumerate(right)]
    )
    after = list(range(1, len(places) + 1))
    before = list(range(-1, len(places) - 1))

    def between(a: int, b: int) -> list[tuple[int, int, int]]:
        if a < 0 or b >= len(places) or places[a][1] == places[b][1]:
            return []
        return [(places[b][0] - places[a][0], a, b)]

    heap = [entry for a in range(len(places) - 1) for entry in between(a, a + 1)]
    heapify(heap)
    taken = [False] * len(places)
    pairs = []
    while heap:
        _, a, b = heappop(heap)
        if taken[a] or taken[b]:
            continue
        taken[a] = taken[b] = True
        first, second = sorted((places[a], places[b]), key=lambda place: place[1])
        pairs.append((first[2], second[2]))
        outer_a, outer_b = before[a], after[b]
        if outer_a >= 0:
            after[outer_a] = outer_b
        if outer_b < len(places):
            before[outer_b] = outer_a
        for entry in between(outer_a, outer_b):
            heappush(heap, entry)
    return pairs
