from __future__ import annotations

import unicodedata

import pytest
from rich.cells import cell_len

from flext_quality.cli.text import clean, counted, seconds, shorten_end, shorten_middle
from tests.properties import given, st
from tests.unit.cli.stories import EVIL


def test_nothing_that_a_terminal_obeys_gets_through() -> None:
    """Escape sequences are shown, not obeyed; line ends become spaces."""
    assert "\\x1b[2J\\x1b]0;title\\x07[bold red]:boom:\\u202e  next\\x9b31m" == clean(EVIL)


@given(st.text(alphabet=st.characters()))
def test_clean_text_is_printable_and_encodable(text: str) -> None:
    """Whatever the text, it can be written as UTF-8 and holds no control character."""
    shown = clean(text)
    shown.encode()
    assert not {unicodedata.category(c) for c in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


@given(st.text(), st.integers(min_value=2, max_value=60))
def test_shortened_text_fits(text: str, width: int) -> None:
    """Wide characters count double, as on the terminal."""
    assert cell_len(shorten_end(clean(text), width)) <= width
    assert cell_len(shorten_middle(clean(text), width)) <= width


def test_a_short_path_stays_whole_and_a_long_one_keeps_its_file_name() -> None:
    """The middle is what a reader misses least."""
    assert "src/app.py" == shorten_middle("src/app.py", 10)
    short = shorten_middle("src/company/product/component/module.py", 24)
    assert short.startswith("src/")
    assert short.endswith("/module.py")


@pytest.mark.parametrize(
    ("duration", "shown"),
    [(0.0, "0.00 s"), (0.994, "0.99 s"), (0.996, "1.0 s"), (59.96, "1m 00s"), (3725, "62m 05s")],
)
def test_durations(duration: float, shown: str) -> None:
    """Short ones in hundredths, long ones in minutes."""
    assert shown == seconds(duration)


def test_counts() -> None:
    """One is singular, thousands are separated."""
    assert ("1 file", "0 files", "1,200 files") == tuple(counted(n, "file") for n in (1, 0, 1200))
