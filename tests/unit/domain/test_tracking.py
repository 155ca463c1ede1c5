"""Findings are recognised as the issues that they are, and as no others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest

from flext_quality.domain.findings.finding import Category, Finding, Location, Severity
from flext_quality.domain.issues.fingerprint import Trace, details_hash, text_hash
from flext_quality.domain.issues.issue import MatchRung
from flext_quality.domain.issues.tracking import match, match_closed
from flext_quality.domain.sources.line_hash import line_hash
from tests.properties import given, st

PATHS = ("a.py", "b.py", "pkg/a.py", "pkg/__init__.py", "other/__init__.py")


def trace(
    line: int,
    code: str = "x = 1",
    message: str = "m",
    *,
    path: str = "a.py",
    column: int = 1,
    rule: str = "R",
    issue: str = "",
) -> Trace:
    """A finding on a line that reads `code` or, with `issue`, one that is known."""
    words = text_hash(message)
    return Trace("ruff", rule, path, line, column, line_hash(code), words, 0, issue)


def issues(*traces: Trace) -> list[Trace]:
    """Known ones, called "0", "1", ... in their order."""
    return [one._replace(issue_id=str(number)) for number, one in enumerate(traces)]


Told = Counter[tuple[Trace, str, str]]


def told(found: Sequence[Trace], known: Sequence[Trace]) -> Told:
    """Which finding is which issue, and by which rung."""
    return Counter(
        (found[one.found], known[one.known].issue_id, one.rung.name) for one in match(found, known)
    )


# --- a case of each rung --------------------------------------------------------------------------

RUNGS = {
    "an unchanged line": (
        trace(7),
        trace(7),
        MatchRung.SAME_PLACE,
    ),
    "an unchanged line of which the tool says something else": (
        trace(7, message="too complex (11)"),
        trace(7, message="too complex (12)"),
        MatchRung.SAME_PLACE,
    ),
    "a line that was indented anew": (
        trace(7, "  x =  1"),
        trace(7, "    x = 1"),
        MatchRung.SAME_PLACE,
    ),
    "a line below an inserted one": (
        trace(7),
        trace(8),
        MatchRung.MOVED_IN_FILE,
    ),
    "an edited line": (
        trace(7, "x = 1"),
        trace(7, "x = 2"),
        MatchRung.SAME_MESSAGE_AND_LINE,
    ),
    "a line of a renamed file": (
        trace(7, path="a.py"),
        trace(7, path="b.py"),
        MatchRung.MOVED_TO_FILE,
    ),
    "a line of another file, of which something else is said": (
        trace(7, message="m", path="a.py"),
        trace(9, message="n", path="b.py"),
        MatchRung.MOVED_TO_FILE,
    ),
    "a file as a whole": (
        trace(0, "", "no docstring"),
        trace(0, "", "no docstring"),
        MatchRung.SAME_PLACE,
    ),
    "a renamed file as a whole": (
        trace(0, "", "no docstring", path="old/__init__.py"),
        trace(0, "", "no docstring", path="new/__init__.py"),
        MatchRung.MOVED_TO_FILE,
    ),
    "a blank line that moved": (
        trace(7, ""),
        trace(9, ""),
        MatchRung.MOVED_IN_FILE,
    ),
}


@pytest.mark.parametrize(("before", "now", "rung"), RUNGS.values(), ids=RUNGS)
def test_each_rung_has_its_case(before: Trace, now: Trace, rung: MatchRung) -> None:
    """What people would call the same is the same, and the rung says why."""
    assert told([now], issues(before)) == Counter([(now, "0", rung.name)])


DIFFERENT = {
    "another rule": (trace(7), trace(7, rule="S")),
    "another line with other words": (trace(7, "x = 1"), trace(8, "x = 2")),
    "the same line number, with other code and other words": (
        trace(7, "x = 1", "m"),
        trace(7, "y()", "n"),
    ),
    "a file as a whole, with other words": (trace(0, "", "m"), trace(0, "", "n")),
    "a blank line in another file": (trace(7, ""), trace(7, "", path="b.py")),
    "another file as a whole": (trace(0, "", path="a.py"), trace(0, "", path="b.py")),
}


@pytest.mark.parametrize(("before", "now"), DIFFERENT.values(), ids=DIFFERENT)
def test_what_only_looks_alike_is_not_the_same(before: Trace, now: Trace) -> None:
    """An issue is not kept alive by another one."""
    assert match([now], issues(before)) == []


def test_a_file_that_stays_is_not_taken_for_a_renamed_one() -> None:
    """One package got its docstring, another lost it."""
    before = trace(0, "", "no docstring", path="x/__init__.py")
    stays = trace(3, "import os", path="x/__init__.py")
    now = trace(0, "", "no docstring", path="y/__init__.py")
    assert [one.found for one in match([now, stays], issues(before, stays))] == [1]


def test_the_message_tells_issues_on_equal_lines_apart() -> None:
    """Two lines read alike and changed places; the messages did so too."""
    before = issues(trace(10, message="'os' unused"), trace(20, message="'re' unused"))
    now = [trace(12, message="'re' unused"), trace(19, message="'os' unused")]
    assert told(now, before) == Counter(
        [
            (now[0], "1", "SAME_MESSAGE_AND_HASH"),
            (now[1], "0", "SAME_MESSAGE_AND_HASH"),
        ]
    )


def test_equal_lines_go_where_their_neighbours_went() -> None:
    """Three equal lines below an inserted one: each keeps its own issue, none takes its neighbour's."""
    before = issues(trace(9, "first()"), *[trace(line, "again()") for line in (10, 11, 12)])
    now = [trace(10, "first()"), *[trace(line, "again()") for line in (11, 12, 13)]]
    assert {(one.line, known) for one, known, _ in told(now, before)} == {
        (10, "0"),
        (11, "1"),
        (12, "2"),
        (13, "3"),
    }


def test_of_equal_lines_the_farthest_is_new() -> None:
    """Nobody moved but the lines themselves: the nearest are the same, in their order."""
    before = issues(trace(100), trace(110))
    now = [trace(10), trace(103), trace(112)]
    assert {(one.line, known) for one, known, _ in told(now, before)} == {(103, "0"), (112, "1")}


def test_an_edited_line_is_found_where_its_neighbours_are() -> None:
    """A line was inserted above, and the line itself was edited."""
    before = issues(trace(9, "first()"), trace(10, "x = 1"))
    now = [trace(19, "first()"), trace(20, "x = 2")]
    assert (now[1], "1", "SAME_MESSAGE_AND_LINE") in told(now, before)


def test_issues_follow_their_file() -> None:
    """Of lines that are everywhere, each file's go to the file that it became."""
    common = "def __init__(self):"
    before = issues(
        *[trace(5, common, path="old/a.py"), trace(6, "only_a()", path="old/a.py")],
        *[trace(5, common, path="old/b.py"), trace(6, "only_b()", path="old/b.py")],
    )
    now = [
        *[trace(5, common, path="new/c.py"), trace(6, "only_b()", path="new/c.py")],
        *[trace(5, common, path="new/d.py"), trace(6, "only_a()", path="new/d.py")],
    ]
    paths = {(one.path, known) for one, known, _ in told(now, before)}
    assert paths == {("new/c.py", "2"), ("new/c.py", "3"), ("new/d.py", "0"), ("new/d.py", "1")}


def test_a_split_file_keeps_its_issues() -> None:
    """What stayed is where it was, what went is found in the new file."""
    before = issues(*[trace(n, f"f({n})") for n in range(1, 11)])
    now = [trace(n, f"f({n})") for n in range(1, 6)]
    now += [trace(n, f"f({n + 5})", path="half.py") for n in range(1, 6)]
    rungs = Counter(rung for _, _, rung in told(now, before))
    assert rungs == Counter(SAME_PLACE=5, MOVED_TO_FILE=5)


CLOSED = {
    "the same line": (trace(7), trace(7), True),
    "the same code elsewhere in the file": (trace(7, message="m"), trace(70, message="n"), True),
    "the same line, edited": (trace(7, "x = 1"), trace(7, "x = 2"), True),
    "the same code and words in another file": (trace(7), trace(9, path="b.py"), True),
    "the same file as a whole": (trace(0, ""), trace(0, ""), True),
    "the same code with other words in another file": (
        trace(7, message="m"),
        trace(7, message="n", path="b.py"),
        False,
    ),
    "other code and words": (trace(7, "a", "m"), trace(7, "b", "n"), False),
}


@pytest.mark.parametrize(("before", "now", "is_same"), CLOSED.values(), ids=CLOSED)
def test_a_closed_issue_comes_back(before: Trace, now: Trace, *, is_same: bool) -> None:
    """What had gone is the same again, as far as that is not a guess."""
    expected = [(0, 0, MatchRung.REOPENED)] if is_same else []
    assert expected == match_closed([now], issues(before))


# --- what holds whatever is compared ----------------------------------------------------------------

traces = st.lists(
    st.builds(
        Trace,
        st.sampled_from(["ruff", "mypy"]),
        st.sampled_from(["R", "S"]),
        st.sampled_from(PATHS),
        st.integers(0, 8),
        st.integers(0, 2),
        st.integers(0, 3),
        st.integers(1, 3),
        st.integers(0, 1),
        st.just(""),
    ),
    max_size=25,
)


@given(traces, traces, st.randoms())
def test_the_order_of_what_is_compared_does_not_matter(
    found: list[Trace], before: list[Trace], random: Random
) -> None:
    """Shuffled, the same findings are the same issues by the same rungs."""
    known = issues(*before)
    expected = told(found, known)
    random.shuffle(found)
    random.shuffle(known)
    assert expected == told(found, known)


@given(traces, traces)
def test_each_has_one_partner_at_most_and_of_its_own_rule(
    found: list[Trace], before: list[Trace]
) -> None:
    """No finding is two issues, no issue two findings, and nothing is said twice."""
    known = issues(*before)
    for matches in (match(found, known), match_closed(found, known)):
        assert len({one.found for one in matches}) == len(matches)
        assert len({one.known for one in matches}) == len(matches)
        for one in matches:
            assert found[one.found][:2] == known[one.known][:2]


@given(traces)
def test_identical_findings_are_all_in_the_same_place(found: list[Trace]) -> None:
    """Nothing has changed: nothing is new, gone or moved."""
    known = issues(*found)
    matches = match(found, known)
    assert len(matches) == len(found)
    for one in matches:
        assert one.rung is MatchRung.SAME_PLACE
        assert found[one.found] == known[one.known]._replace(issue_id="")


@given(traces, traces)
def test_what_could_be_in_the_same_place_has_a_partner(
    found: list[Trace], before: list[Trace]
) -> None:
    """Nothing is lost: as many of one rule, file and hash match as there are on either side."""
    known = issues(*before)
    matches = match(found, known)

    def place(one: Trace) -> tuple[object, ...]:
        # What has no line has no line's hash either; then the message decides.
        return (*one[:3], one.line_hash) if one.line else (*one[:3], 0, one.message_hash)

    kept = Counter(
        place(found[one.found]) for one in matches if one.rung <= MatchRung.SAME_MESSAGE_AND_HASH
    )
    ours, theirs = Counter(map(place, found)), Counter(map(place, known))
    assert kept == ours & theirs


distinct = st.lists(st.integers(1, 60), unique=True, min_size=1, max_size=30)


@given(distinct, st.integers(1, 60), st.integers(1, 9))
def test_inserted_lines_change_no_identity(lines: list[int], above: int, many: int) -> None:
    """Whatever stands on the lines, alike or not, each issue stays with its line."""
    code = {line: f"f({line})" if line % 3 else "again()" for line in lines}
    unmistakable = [
        trace(0, "", "whole"),
        trace(1, "top()", rule="T"),
        trace(61, "end()", rule="T"),
    ]
    before = [*unmistakable, *[trace(line, code[line]) for line in lines]]
    now = [
        one._replace(line=one.line + many) if one.line >= above and one.line > 1 else one
        for one in before
    ]
    matches = match(now, issues(*before))
    unique = [n for n, one in enumerate(before) if one.line_hash != line_hash("again()")]
    pairs = {one.found: one.known for one in matches}
    assert len(pairs) == len(before)
    assert [pairs[n] for n in unique] == unique


@given(distinct, st.integers(1, 9))
def test_a_block_that_moves_as_a_whole_stays_as_it_is(lines: list[int], many: int) -> None:
    """Even if all its lines but the first read alike."""
    lines = sorted(lines)
    before = [trace(line, "again()" if n else "first()") for n, line in enumerate(lines)]
    now = [one._replace(line=one.line + many) for one in before]
    matches = match(now, issues(*before))
    assert [(one.found, one.known) for one in matches] == [(n, n) for n in range(len(lines))]


@given(distinct)
def test_a_moved_file_keeps_all_its_issues(lines: list[int]) -> None:
    """By rung 5, each with its line."""
    before = [trace(line, f"f({line // 3})", path="a.py") for line in lines]
    now = [one._replace(path="lib/b.py") for one in before]
    matches = match(now, issues(*before))
    assert {one.rung for one in matches} == {MatchRung.MOVED_TO_FILE}
    assert [(one.found, one.known) for one in matches] == [(n, n) for n in range(len(lines))]


# --- traces ---------------------------------------------------------------------------------------

FINDING = Finding("ruff", "R", Severity.LOW, "m", "a.py", 3, 4, 5, 6)


def test_a_trace_tells_of_every_difference() -> None:
    """But of the fix: it is not part of an issue."""
    other = {
        "severity": Severity.HIGH,
        "message": "n",
        "path": "b.py",
        "line": 4,
        "column": 5,
        "end_line": 6,
        "end_column": 7,
        "cell": 1,
        "documentation_url": "https://d",
        "category": Category.STYLE,
        "related": (Location("b.py", 1),),
        "line_hash": 1,
    }
    changed = {Trace.of(_with(FINDING, name, value)) for name, value in other.items()}
    assert len(changed | {Trace.of(FINDING)}) == len(other) + 1


def test_details_do_not_tell_of_the_place() -> None:
    """A finding that moves as a whole differs in its place alone."""
    moved = _with(_with(FINDING, "line", 13), "end_line", 15)
    assert details_hash(FINDING) == details_hash(moved)


def _with(finding: Finding, name: str, value: object) -> Finding:
    return replace(finding, **{name: value})  # type: ignore[arg-type]
