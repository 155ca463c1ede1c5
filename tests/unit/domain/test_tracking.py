"""Findings are recognised as the issues that they are, and as no others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest

from flext_quality.domain.findings.finding import Category, Finding, Location, Severity
from flext_quality.domain.issues.fingerprint import Fingerprint, details_hash, text_hash
from flext_quality.domain.issues.issue import MatchMethod
from flext_quality.domain.issues.tracking import match, match_closed
from flext_quality.domain.sources.line_hash import line_hash
from tests.properties import given, st

PATHS = ("a.py", "b.py", "pkg/a.py", "pkg/__init__.py", "other/__init__.py")


def fingerprint(
    line: int,
    code: str = "x = 1",
    message: str = "m",
    *,
    path: str = "a.py",
    column: int = 1,
    rule: str = "R",
    issue: str = "",
) -> Fingerprint:
    """A finding on a line that reads `code` or, with `issue`, one that is known."""
    words = text_hash(message)
    return Fingerprint("ruff", rule, path, line, column, line_hash(code), words, 0, issue)


def issues(*fingerprints: Fingerprint) -> list[Fingerprint]:
    """Known ones, called "0", "1", ... in their order."""
    return [one._replace(issue_id=str(number)) for number, one in enumerate(fingerprints)]


Told = Counter[tuple[Fingerprint, str, str]]


def told(found: Sequence[Fingerprint], known: Sequence[Fingerprint]) -> Told:
    """Which finding is which issue, and by which match_method."""
    return Counter(
        (found[one.found], known[one.known].issue_id, one.match_method.name)
        for one in match(found, known)
    )


# --- a case of each match_method --------------------------------------------------------------------------

RUNGS = {
    "an unchanged line": (
        fingerprint(7),
        fingerprint(7),
        MatchMethod.SAME_PLACE,
    ),
    "an unchanged line of which the tool says something else": (
        fingerprint(7, message="too complex (11)"),
        fingerprint(7, message="too complex (12)"),
        MatchMethod.SAME_PLACE,
    ),
    "a line that was indented anew": (
        fingerprint(7, "  x =  1"),
        fingerprint(7, "    x = 1"),
        MatchMethod.SAME_PLACE,
    ),
    "a line below an inserted one": (
        fingerprint(7),
        fingerprint(8),
        MatchMethod.MOVED_IN_FILE,
    ),
    "an edited line": (
        fingerprint(7, "x = 1"),
        fingerprint(7, "x = 2"),
        MatchMethod.SAME_MESSAGE_AND_LINE,
    ),
    "a line of a renamed file": (
        fingerprint(7, path="a.py"),
        fingerprint(7, path="b.py"),
        MatchMethod.MOVED_TO_FILE,
    ),
    "a line of another file, of which something else is said": (
        fingerprint(7, message="m", path="a.py"),
        fingerprint(9, message="n", path="b.py"),
        MatchMethod.MOVED_TO_FILE,
    ),
    "a file as a whole": (
        fingerprint(0, "", "no docstring"),
        fingerprint(0, "", "no docstring"),
        MatchMethod.SAME_PLACE,
    ),
    "a renamed file as a whole": (
        fingerprint(0, "", "no docstring", path="old/__init__.py"),
        fingerprint(0, "", "no docstring", path="new/__init__.py"),
        MatchMethod.MOVED_TO_FILE,
    ),
    "a blank line that moved": (
        fingerprint(7, ""),
        fingerprint(9, ""),
        MatchMethod.MOVED_IN_FILE,
    ),
}


@pytest.mark.parametrize(("before", "now", "match_method"), RUNGS.values(), ids=RUNGS)
def test_each_rung_has_its_case(
    before: Fingerprint, now: Fingerprint, match_method: MatchMethod
) -> None:
    """What people would call the same is the same, and the match_method says why."""
    assert told([now], issues(before)) == Counter([(now, "0", match_method.name)])


DIFFERENT = {
    "another rule": (fingerprint(7), fingerprint(7, rule="S")),
    "another line with other words": (fingerprint(7, "x = 1"), fingerprint(8, "x = 2")),
    "the same line number, with other code and other words": (
        fingerprint(7, "x = 1", "m"),
        fingerprint(7, "y()", "n"),
    ),
    "a file as a whole, with other words": (fingerprint(0, "", "m"), fingerprint(0, "", "n")),
    "a blank line in another file": (fingerprint(7, ""), fingerprint(7, "", path="b.py")),
    "another file as a whole": (fingerprint(0, "", path="a.py"), fingerprint(0, "", path="b.py")),
}


@pytest.mark.parametrize(("before", "now"), DIFFERENT.values(), ids=DIFFERENT)
def test_what_only_looks_alike_is_not_the_same(before: Fingerprint, now: Fingerprint) -> None:
    """An issue is not kept alive by another one."""
    assert match([now], issues(before)) == []


def test_a_file_that_stays_is_not_taken_for_a_renamed_one() -> None:
    """One package got its docstring, another lost it."""
    before = fingerprint(0, "", "no docstring", path="x/__init__.py")
    stays = fingerprint(3, "import os", path="x/__init__.py")
    now = fingerprint(0, "", "no docstring", path="y/__init__.py")
    assert [one.found for one in match([now, stays], issues(before, stays))] == [1]


def test_the_message_tells_issues_on_equal_lines_apart() -> None:
    """Two lines read alike and changed places; the messages did so too."""
    before = issues(fingerprint(10, message="'os' unused"), fingerprint(20, message="'re' unused"))
    now = [fingerprint(12, message="'re' unused"), fingerprint(19, message="'os' unused")]
    assert told(now, before) == Counter(
        [
            (now[0], "1", "SAME_MESSAGE_AND_HASH"),
            (now[1], "0", "SAME_MESSAGE_AND_HASH"),
        ]
    )


def test_equal_lines_go_where_their_neighbours_went() -> None:
    """Three equal lines below an inserted one: each keeps its own issue, none takes its neighbour's."""
    before = issues(
        fingerprint(9, "first()"), *[fingerprint(line, "again()") for line in (10, 11, 12)]
    )
    now = [fingerprint(10, "first()"), *[fingerprint(line, "again()") for line in (11, 12, 13)]]
    assert {(one.line, known) for one, known, _ in told(now, before)} == {
        (10, "0"),
        (11, "1"),
        (12, "2"),
        (13, "3"),
    }


def test_of_equal_lines_the_farthest_is_new() -> None:
    """Nobody moved but the lines themselves: the nearest are the same, in their order."""
    before = issues(fingerprint(100), fingerprint(110))
    now = [fingerprint(10), fingerprint(103), fingerprint(112)]
    assert {(one.line, known) for one, known, _ in told(now, before)} == {(103, "0"), (112, "1")}


def test_an_edited_line_is_found_where_its_neighbours_are() -> None:
    """A line was inserted above, and the line itself was edited."""
    before = issues(fingerprint(9, "first()"), fingerprint(10, "x = 1"))
    now = [fingerprint(19, "first()"), fingerprint(20, "x = 2")]
    assert (now[1], "1", "SAME_MESSAGE_AND_LINE") in told(now, before)


def test_issues_follow_their_file() -> None:
    """Of lines that are everywhere, each file's go to the file that it became."""
    common = "def __init__(self):"
    before = issues(
        *[fingerprint(5, common, path="old/a.py"), fingerprint(6, "only_a()", path="old/a.py")],
        *[fingerprint(5, common, path="old/b.py"), fingerprint(6, "only_b()", path="old/b.py")],
    )
    now = [
        *[fingerprint(5, common, path="new/c.py"), fingerprint(6, "only_b()", path="new/c.py")],
        *[fingerprint(5, common, path="new/d.py"), fingerprint(6, "only_a()", path="new/d.py")],
    ]
    paths = {(one.path, known) for one, known, _ in told(now, before)}
    assert paths == {("new/c.py", "2"), ("new/c.py", "3"), ("new/d.py", "0"), ("new/d.py", "1")}


def test_a_split_file_keeps_its_issues() -> None:
    """What stayed is where it was, what went is found in the new file."""
    before = issues(*[fingerprint(n, f"f({n})") for n in range(1, 11)])
    now = [fingerprint(n, f"f({n})") for n in range(1, 6)]
    now += [fingerprint(n, f"f({n + 5})", path="half.py") for n in range(1, 6)]
    methods = Counter(match_method for _, _, match_method in told(now, before))
    assert methods == Counter(SAME_PLACE=5, MOVED_TO_FILE=5)


CLOSED = {
    "the same line": (fingerprint(7), fingerprint(7), True),
    "the same code elsewhere in the file": (
        fingerprint(7, message="m"),
        fingerprint(70, message="n"),
        True,
    ),
    "the same line, edited": (fingerprint(7, "x = 1"), fingerprint(7, "x = 2"), True),
    "the same code and words in another file": (fingerprint(7), fingerprint(9, path="b.py"), True),
    "the same file as a whole": (fingerprint(0, ""), fingerprint(0, ""), True),
    "the same code with other words in another file": (
        fingerprint(7, message="m"),
        fingerprint(7, message="n", path="b.py"),
        False,
    ),
    "other code and words": (fingerprint(7, "a", "m"), fingerprint(7, "b", "n"), False),
}


@pytest.mark.parametrize(("before", "now", "is_same"), CLOSED.values(), ids=CLOSED)
def test_a_closed_issue_comes_back(before: Fingerprint, now: Fingerprint, *, is_same: bool) -> None:
    """What had gone is the same again, as far as that is not a guess."""
    expected = [(0, 0, MatchMethod.REOPENED)] if is_same else []
    assert expected == match_closed([now], issues(before))


# --- what holds whatever is compared ----------------------------------------------------------------

fingerprints = st.lists(
    st.builds(
        Fingerprint,
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


@given(fingerprints, fingerprints, st.randoms())
def test_the_order_of_what_is_compared_does_not_matter(
    found: list[Fingerprint], before: list[Fingerprint], random: Random
) -> None:
    """Shuffled, the same findings are the same issues by the same match methods."""
    known = issues(*before)
    expected = told(found, known)
    random.shuffle(found)
    random.shuffle(known)
    assert expected == told(found, known)


@given(fingerprints, fingerprints)
def test_each_has_one_partner_at_most_and_of_its_own_rule(
    found: list[Fingerprint], before: list[Fingerprint]
) -> None:
    """No finding is two issues, no issue two findings, and nothing is said twice."""
    known = issues(*before)
    for matches in (match(found, known), match_closed(found, known)):
        assert len({one.found for one in matches}) == len(matches)
        assert len({one.known for one in matches}) == len(matches)
        for one in matches:
            assert found[one.found][:2] == known[one.known][:2]


@given(fingerprints)
def test_identical_findings_are_all_in_the_same_place(found: list[Fingerprint]) -> None:
    """Nothing has changed: nothing is new, gone or moved."""
    known = issues(*found)
    matches = match(found, known)
    assert len(matches) == len(found)
    for one in matches:
        assert one.match_method is MatchMethod.SAME_PLACE
        assert found[one.found] == known[one.known]._replace(issue_id="")


@given(fingerprints, fingerprints)
def test_what_could_be_in_the_same_place_has_a_partner(
    found: list[Fingerprint], before: list[Fingerprint]
) -> None:
    """Nothing is lost: as many of one rule, file and hash match as there are on either side."""
    known = issues(*before)
    matches = match(found, known)

    def place(one: Fingerprint) -> tuple[object, ...]:
        # What has no line has no line's hash either; then the message decides.
        return (*one[:3], one.line_hash) if one.line else (*one[:3], 0, one.message_hash)

    kept = Counter(
        place(found[one.found])
        for one in matches
        if one.match_method <= MatchMethod.SAME_MESSAGE_AND_HASH
    )
    ours, theirs = Counter(map(place, found)), Counter(map(place, known))
    assert kept == ours & theirs


distinct = st.lists(st.integers(1, 60), unique=True, min_size=1, max_size=30)


@given(distinct, st.integers(1, 60), st.integers(1, 9))
def test_inserted_lines_change_no_identity(lines: list[int], above: int, many: int) -> None:
    """Whatever stands on the lines, alike or not, each issue stays with its line."""
    code = {line: f"f({line})" if line % 3 else "again()" for line in lines}
    unmistakable = [
        fingerprint(0, "", "whole"),
        fingerprint(1, "top()", rule="T"),
        fingerprint(61, "end()", rule="T"),
    ]
    before = [*unmistakable, *[fingerprint(line, code[line]) for line in lines]]
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
    before = [fingerprint(line, "again()" if n else "first()") for n, line in enumerate(lines)]
    now = [one._replace(line=one.line + many) for one in before]
    matches = match(now, issues(*before))
    assert [(one.found, one.known) for one in matches] == [(n, n) for n in range(len(lines))]


@given(distinct)
def test_a_moved_file_keeps_all_its_issues(lines: list[int]) -> None:
    """By match_method 5, each with its line."""
    before = [fingerprint(line, f"f({line // 3})", path="a.py") for line in lines]
    now = [one._replace(path="lib/b.py") for one in before]
    matches = match(now, issues(*before))
    assert {one.match_method for one in matches} == {MatchMethod.MOVED_TO_FILE}
    assert [(one.found, one.known) for one in matches] == [(n, n) for n in range(len(lines))]


# --- fingerprints ---------------------------------------------------------------------------------------

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
    changed = {Fingerprint.of(_with(FINDING, name, value)) for name, value in other.items()}
    assert len(changed | {Fingerprint.of(FINDING)}) == len(other) + 1


def test_details_do_not_tell_of_the_place() -> None:
    """A finding that moves as a whole differs in its place alone."""
    moved = _with(_with(FINDING, "line", 13), "end_line", 15)
    assert details_hash(FINDING) == details_hash(moved)


def _with(finding: Finding, name: str, value: object) -> Finding:
    return replace(finding, **{name: value})  # type: ignore[arg-type]
