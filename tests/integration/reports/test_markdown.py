from __future__ import annotations

import re

import pytest
from markdown_it import MarkdownIt

from flext_quality.infrastructure.reports.markdown import MarkdownRenderer
from flext_quality.infrastructure.reports.text import markdown, one_line
from tests.integration.reports import samples
from tests.integration.reports.samples import HOSTILE, written
from tests.integration.reports.test_html import UNSEEN, every_report

PARSER = MarkdownIt("commonmark", {"html": True}).enable("table")
LIKE_GITHUB = re.compile(r"(?<![\w`])@\w|(?<!\w)#\d|https?://|www\.", re.IGNORECASE)
"""What GitHub would make into a mention, a reference or a link of its own."""


def inline(text: str) -> list[tuple[str, str]]:
    """What a parser sees in a line: kinds and content."""
    children = PARSER.parseInline(text)[0].children or []
    return [(token.type, token.content) for token in children]


@pytest.mark.parametrize("text", HOSTILE)
def test_escaped_text_stands_for_nothing_but_itself(text: str) -> None:
    """A parser sees text alone, and shows it as it is; GitHub finds nobody to call and nothing to link."""
    tokens = inline(markdown(text))
    assert {kind for kind, _ in tokens} <= {"text", "text_special"}
    shown = "".join(content for _, content in tokens)
    assert shown.replace("\u200b", "") == one_line(text)
    assert not LIKE_GITHUB.search(shown)


@pytest.mark.parametrize("number", range(10))
async def test_tables_keep_their_shape(number: int) -> None:
    """Whatever stands in a cell, no raw HTML but line breaks, no foreign link, no cell too many."""
    text = (await written(MarkdownRenderer(), every_report()[number])).decode()
    assert not UNSEEN.search(text.replace("\n", ""))
    columns, cells = 0, 0
    for token in PARSER.parse(text):
        assert token.type != "html_block"
        if token.type == "th_open":
            columns += 1
        elif token.type == "table_open":
            columns = 0
        elif token.type == "td_open":
            cells += 1
        elif token.type == "tr_close":
            assert cells in (0, columns)
            cells = 0
        for child in token.children or ():
            assert child.type != "image"
            if child.type == "html_inline":
                assert child.content == "<br>"
            if child.type == "link_open":
                assert str(child.attrs["href"]).startswith("https://docs.example.org/")


async def test_every_issue_is_a_row() -> None:
    """Of all 500, with the 3 that are no longer seen in a table of their own."""
    text = (await written(MarkdownRenderer(), samples.technical(samples.reported(500)))).decode()
    issues = text[text.index("## Issues") :]
    assert len(re.findall(r"^\| \d+", issues, re.MULTILINE)) == 500
    gone = issues[issues.index("## No longer seen") :]
    assert len(re.findall(r"^\| server/", gone, re.MULTILINE)) == 3


async def test_a_comparison_lists_what_is_new_fixed_and_moved() -> None:
    """In tables of their own, after the exact counts."""
    text = (await written(MarkdownRenderer(), samples.comparison(4))).decode()
    assert re.findall(r"^## (\w+) issues$", text, re.MULTILINE) == ["New", "Fixed", "Moved"]
    assert "| Persisting | 40 |" in text
    assert "was in a/b.py:3" in text
