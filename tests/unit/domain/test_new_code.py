from collections import Counter
from collections.abc import Sequence

import pytest

from flext_quality.domain.gates import new_code
from flext_quality.domain.gates.new_code import changed_contents, new_code_of, new_lines
from flext_quality.domain.sources.line_hash import line_hash
from flext_quality.domain.sources.measures import FileRecord
from tests.properties import given, st

_lines = st.lists(st.integers(0, 6), max_size=30)


def hashes(text: str) -> list[int]:
    """Of a text with a letter for each line; "." is a blank one."""
    return [0 if letter == "." else line_hash(letter) for letter in text]


@pytest.mark.parametrize(
    ("before", "now", "numbers"),
    [
        ("abc", "abc", []),
        ("abc", "abxc", [3]),
        ("abc", "xabc", [1]),
        ("abc", "abcx", [4]),
        ("abc", "axc", [2]),
        ("abc", "ac", []),
        ("abc", "a..c", []),
        ("abcdef", "defabc", []),  # moved within the file
        ("ab", "abab", [3, 4]),
        ("azbz", "azxzbz", [3, 4]),  # the added z, not one that was there
        ("apbzc", "azpbzcq", [2, 7]),
        ("", "a.b", [1, 3]),
        ("abc", "", []),
    ],
)
def test_new_lines_are_those_that_a_file_has_more_often(
    before: str, now: str, numbers: list[int]
) -> None:
    """Added and changed ones; moved and blank ones are not new."""
    assert numbers == new_lines(hashes(before), hashes(now))


@given(_lines, _lines)
def test_there_are_as_many_new_lines_as_the_file_has_more_often(
    before: list[int], now: list[int]
) -> None:
    """Of each line, exactly; the numbers ascend and lead to such lines."""
    numbers = new_lines(before, now)
    assert sorted(set(numbers)) == numbers
    more = Counter(now)
    more.subtract(Counter(before))
    expected = {line: count for line, count in more.items() if count > 0 and line}
    assert expected == Counter(now[number - 1] for number in numbers)


@given(_lines, _lines)
def test_large_files_are_compared_alike(before: list[int], now: list[int]) -> None:
    """Where the best alignment would take too long, there are as many new lines."""
    exact = new_lines(before, now)
    patch = pytest.MonkeyPatch()
    with patch.context() as context:
        context.setattr(new_code, "_MAX_PAIRS", -1)
        quick = new_lines(before, now)
    assert Counter(now[n - 1] for n in exact) == Counter(now[n - 1] for n in quick)


def files(**texts: str) -> tuple[list[FileRecord], dict[str, list[int]]]:
    """Records whose content's name is the text, and their lines."""
    records = [FileRecord(f"{name}.py", text, {}) for name, text in texts.items()]
    return records, {text: hashes(text) for text in texts.values()}


def new_in(before: dict[str, str], now: dict[str, str]) -> dict[str, Sequence[int]]:
    baseline, old = files(**before)
    current, new = files(**now)
    contents = changed_contents(baseline, current)
    lines = {content: hashed for content, hashed in {**old, **new}.items() if content in contents}
    return dict(new_code_of(baseline, current, lines).lines)


def test_new_code_is_what_files_have_that_they_had_not() -> None:
    """By file; unchanged files need not even be read."""
    before = {"same": "abc", "changed": "abc", "gone": "xyz"}
    now = {"same": "abc", "changed": "abxc", "added": "q.r"}
    assert {"changed.py": [3], "added.py": [1, 3]} == new_in(before, now)
    baseline, current = files(**before)[0], files(**now)[0]
    assert {"abc", "xyz", "abxc", "q.r"} == changed_contents(baseline, current)


def test_a_renamed_file_is_not_new() -> None:
    """Neither as it was, nor with changes: it is compared with the file that went."""
    assert new_in({"old": "abcd"}, {"new": "abcd"}) == {}
    assert new_in({"old": "abcd"}, {"new": "abxcd"}) == {"new.py": [3]}


def test_the_parts_of_a_split_file_are_not_new() -> None:
    """Both are compared with the file that went."""
    assert new_in({"old": "abcdef"}, {"one": "abc", "two": "xdef"}) == {"two.py": [1]}


def test_the_file_with_most_lines_in_common_was_renamed() -> None:
    """And one with fewer than half of the lines was not."""
    now = {"new": "abcdxy"}
    assert new_in({"one": "abq", "two": "abcd"}, now) == {"new.py": [5, 6]}
    assert new_in({"one": "abq"}, now) == {"new.py": [1, 2, 3, 4, 5, 6]}


def test_a_copy_of_a_file_that_stays_is_new() -> None:
    """It is more code than there was."""
    assert new_in({"one": "abc"}, {"one": "abc", "two": "abc"}) == {"two.py": [1, 2, 3]}


def test_new_lines_are_measured() -> None:
    """By what the tests reach of them, and by how many stand elsewhere too."""
    before = [FileRecord("a.py", "abc", {})]
    now = [
        FileRecord(
            "a.py",
            "abcdefg",
            {"duplicated_lines": 3.0},
            covered=(1, 4, 5),
            uncovered=(6,),
            duplicated=(1, 6, 7),
        ),
        FileRecord("b.py", "xy", {"duplicated_lines": 0.0}),
        FileRecord("c.py", "z", {}),
    ]
    lines = {text: hashes(text) for text in ("abc", "abcdefg", "xy", "z")}
    values = new_code_of(before, now, lines).values(now)
    assert values["new_lines"] == 7
    assert values["new_line_coverage"] == pytest.approx(100 * 2 / 3)
    # Of the new lines of the files that were compared.
    assert values["new_duplication"] == pytest.approx(100 * 2 / 6)


def test_what_was_not_measured_of_new_lines_is_absent() -> None:
    """No report, no comparison, or nothing new."""
    now = [FileRecord("a.py", "abc", {})]
    lines = {"abc": hashes("abc")}
    assert new_code_of([], now, lines).values(now) == {"new_lines": 3}
    compared = [FileRecord("a.py", "abc", {"duplicated_lines": 0.0})]
    assert new_code_of(compared, compared, {}).values(compared) == {"new_lines": 0}
