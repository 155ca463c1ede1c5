from __future__ import annotations

import unicodedata
from datetime import timedelta

import pytest

from flext_quality.infrastructure.reports import words
from flext_quality.infrastructure.reports.text import (
    DASH,
    MINUS,
    effort,
    number,
    one_line,
    safe_url,
    signed,
    visible,
)
from tests.integration.reports.samples import issue
from tests.properties import given, st


@given(st.text(st.characters()))
def test_nothing_invisible_is_left(text: str) -> None:
    """Controls, format characters and lone surrogates are shown as their codes."""
    for shown in (visible(text), one_line(text)):
        assert not {unicodedata.category(c) for c in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert visible("a\n\tb", keep="\n\t") == "a\n\tb"


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (None, "", DASH),
        (0, "", "0"),
        (1234567, "lines", "1,234,567"),
        (78.44, "", "78.4"),
        (3.14159, "", "3.14"),
        (2.5, "", "2.5"),
        (81.25, "%", "81.2 %"),
        (4, "levels", "4 levels"),
        (200, "min", "3 h 20 min"),
    ],
)
def test_numbers_are_short_and_have_their_unit(value: float | None, unit: str, said: str) -> None:
    """Three digits or so tell enough."""
    assert said == number(value, unit)


def test_changes_have_their_sign() -> None:
    """Also where nothing changed."""
    assert [signed(x, "") for x in (None, 0, 2.5, -1200)] == ["", "±0", "+2.5", MINUS + "1,200"]


def test_working_time_is_in_days_of_eight_hours() -> None:
    """As docs/scoring.md counts it."""
    said = ["0 min", "59 min", "1 h", "1 h 30 min", "1 d", "1 d 1 h", "1,250 d"]
    assert said == [effort(m) for m in (0, 59, 60, 90, 480, 540, 600_000)]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://a b",
        'https://a"b',
        "//a",
        "https://a<b",
    ],
)
def test_only_plain_web_addresses_are_followed(url: str) -> None:
    """Anything else is text."""
    assert safe_url(url) == ""
    assert safe_url("https://docs.astral.sh/ruff/rules/F401#x") != ""


def test_durations_and_places_are_said_as_people_do() -> None:
    """In seconds, then minutes; by line, column and cell."""
    spans = [None, timedelta(seconds=0.124), timedelta(seconds=7.33), timedelta(seconds=125)]
    assert [DASH, "0.12 s", "7.3 s", "2 min 05 s"] == [words.span(one) for one in spans]
    given = [(0, 0, 0), (4, 0, 0), (4, 2, 0), (4, 2, 3), (0, 0, 3)]
    places = [words.place(issue(1, line=n, column=c, cell=k)) for n, c, k in given]
    assert places == ["", "4", "4:2", "cell 3, 4:2", "cell 3"]
    assert words.moment(None) == DASH
