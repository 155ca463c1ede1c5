from __future__ import annotations

import random
from pathlib import Path

import pytest

from flext_quality.domain.errors import ToolOutputInvalidError
from flext_quality.infrastructure.analyzers.duplication.clones import (
    Clone,
    Pair,
    Place,
    clones_of,
    measures_of,
)
from flext_quality.infrastructure.analyzers.duplication.output import read_pairs
from flext_quality.infrastructure.analyzers.duplication.search_directory import SearchDirectory
from tests.properties import given, st

PLACES = st.builds(Place, st.sampled_from("abc"), st.integers(1, 9), st.integers(10, 20))
UNKNOWN = '{"name": "x", "start": 1, "end": 2}'
PAIRS = st.lists(st.builds(Pair, PLACES, PLACES, st.integers(50, 99)))


@given(PAIRS, st.randoms(use_true_random=False))
def test_the_order_of_pairs_changes_nothing(pairs: list[Pair], order: random.Random) -> None:
    """Nor which side of a pair comes first."""
    shuffled = [
        Pair(pair.second, pair.first, pair.tokens) if order.random() < 0.5 else pair
        for pair in pairs
    ]
    order.shuffle(shuffled)
    assert clones_of(pairs) == clones_of(shuffled)


@given(PAIRS)
def test_every_place_is_in_one_clone(pairs: list[Pair]) -> None:
    """Both sides of a pair are in the same one."""
    clones = clones_of(pairs)
    places = [place for clone in clones for place in clone.places]
    assert sorted({side for pair in pairs for side in (pair.first, pair.second)}) == sorted(places)
    for pair in pairs:
        (clone,) = [clone for clone in clones if pair.first in clone.places]
        assert pair.second in clone.places
        assert clone.tokens <= pair.tokens


def test_overlapping_clones_count_a_line_once() -> None:
    """Three places with ten lines each, two of them overlapping by five."""
    clones = [
        Clone((Place("a", 1, 10), Place("b", 1, 10)), 50),
        Clone((Place("a", 6, 15), Place("c", 1, 10)), 50),
    ]
    a, b, none = measures_of(["a", "b", "d"], clones)
    assert (frozenset(range(1, 16)), {"duplicated_lines": 15, "duplicated_blocks": 2}) == (
        a.duplicated,
        a.values,
    )
    assert 1 == b.values["duplicated_blocks"]
    assert ({"duplicated_lines": 0, "duplicated_blocks": 0}, frozenset()) == (
        none.values,
        none.duplicated,
    )


@pytest.mark.parametrize(
    ("others", "where"),
    [
        (["b"], "b"),
        (["a"], "the same file"),
        (["a", "b", "b"], "the same file and b"),
        (["b", "c", "d"], "b, c and d"),
        (["b", "c", "d", "e"], "b, c, d and 1 more file"),
        (["a", "b", "c", "d", "e", "f"], "the same file, b, c, d and 2 more files"),
    ],
)
def test_a_message_names_files_and_no_lines(others: list[str], where: str) -> None:
    """Each once; what it does not name is counted."""
    places = [Place(path, number, number + 9) for number, path in enumerate(["a", *others], 1)]
    finding = Clone(tuple(places), 60).to_finding()
    assert f"10 lines (60 tokens) are duplicated in {where}" == finding.message
    assert len(others) == len(finding.related)


@pytest.mark.parametrize(
    "content",
    [
        None,
        "",
        "{",
        '{"duplicates": [{}]}',
        f'{{"duplicates": [{{"firstFile": {UNKNOWN}, "secondFile": {UNKNOWN}, "tokens": 9}}]}}',
    ],
)
def test_a_report_that_is_none_is_an_error(tmp_path: Path, content: str | None) -> None:
    """Missing, empty, cut off, without places, or about files that nobody gave."""
    report = tmp_path / "report.json"
    if content is not None:
        report.write_text(content)
    searched = SearchDirectory(tmp_path, tmp_path / "files")
    with pytest.raises(ToolOutputInvalidError):
        read_pairs(report, searched.path_of)
