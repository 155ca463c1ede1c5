from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from flext_quality.domain.reports.report import Report
from flext_quality.infrastructure.reports.html import HtmlRenderer
from tests.integration.reports import samples
from tests.integration.reports.samples import HOSTILE, written

VOID = {"meta", "wbr", "br", "rect", "circle", "line", "path"}
ALLOWED = {
    *("html", "head", "meta", "title", "style", "body", "header", "main", "footer", "nav", "section"),
    *("p", "h1", "h2", "h3", "span", "strong", "small", "a", "ul", "li", "dl", "dt", "dd", "div"),
    *("table", "caption", "thead", "tbody", "tr", "th", "td", "details", "summary", "bdi", "wbr", "br"),
    *("svg", "desc", "path", "rect", "circle", "line", "text"),
}  # fmt: skip
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]")


class Page(HTMLParser):
    """Reads a page as a browser would, and keeps what matters for safety."""

    def __init__(self, html: bytes) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.said: list[str] = []
        self.metas: list[dict[str, str | None]] = []
        self.open: list[str] = []
        self.feed(html.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes the element and what it names."""
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]
        if tag == "meta":
            self.metas.append(dict(attrs))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes the element and what it names."""
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_endtag(self, tag: str) -> None:
        """Everything closes what was opened last."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Notes what is shown."""
        self.said.append(data)

    @property
    def text(self) -> str:
        """All that is shown."""
        return "".join(self.said)


def every_report() -> list[Report]:
    issues, hostile = samples.reported(61), samples.hostile_issues()
    return [
        samples.executive(issues),
        samples.technical(issues),
        samples.trend(),
        samples.comparison(),
        samples.executive(hostile, display_name=HOSTILE[0]),
        samples.technical(hostile, display_name=HOSTILE[2], absent=samples.reader(hostile)),
        *samples.empty(),
    ]


@pytest.mark.parametrize("number", range(10))
async def test_a_page_needs_nothing_and_runs_nothing(number: int) -> None:
    """No script, no event handler, no request to anywhere; a policy that says so; well-formed."""
    report = every_report()[number]
    page = Page(await written(HtmlRenderer(), report))
    assert page.open == []
    assert page.tags <= ALLOWED
    assert not [name for name in page.attributes if name.startswith("on") or name == "src"]
    assert all(re.match(r"#[a-z]+$|https://docs\.example\.org/", link) for link in page.links)
    policy = next(m["content"] for m in page.metas if m.get("http-equiv"))
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    assert not UNSEEN.search(page.text)
    assert "url(" not in page.text
    assert "@import" not in page.text


async def test_hostile_text_is_shown_and_not_obeyed() -> None:
    """Markup is text; escape sequences and what turns the direction of writing are shown as codes."""
    html = await written(HtmlRenderer(), samples.technical(samples.hostile_issues()))
    page = Page(html)
    assert b"<script" not in html
    assert "<script>alert(1)</script>" in page.text
    assert "\\x1b[31mred\\x1b]0;title\\x07\\x9b2J\\x7f" in page.text
    assert "abc\\u202egnp.exe\\u2066\\u2069" in page.text
    assert "{{ 7*7 }}{% raw %}</style></title>" in page.text
    assert page.text.count("<!--issues-->") > 1
    assert "one\ntwo\nthree\ttabbed" in page.text


async def test_every_issue_is_there() -> None:
    """Nothing is cut, however many there are; each file's stand together, with their number."""
    issues = samples.reported(1_000)
    page = Page(await written(HtmlRenderer(), samples.technical(issues)))
    rows = re.findall(
        r"(?:Critical|High|Medium|Low|Info)(?:bandit|ruff|mypy|complex|dupl|vult)", page.text
    )
    assert len(rows) == 1_000 + 3
    assert "1,000 issues in" in page.text


@pytest.mark.parametrize("report", [samples.executive, samples.technical])
async def test_the_same_report_gives_the_same_bytes(report: object) -> None:
    """No time of writing, no random id."""
    issues = samples.reported(20)
    make = samples.executive if report is samples.executive else samples.technical
    first = await written(HtmlRenderer(), make(issues))
    assert first == await written(HtmlRenderer(), make(issues))


async def test_charts_say_in_words_what_they_show() -> None:
    """Each has a name for those who do not see it, and its own table or number beside it."""
    html = (await written(HtmlRenderer(), samples.trend())).decode()
    charts = re.findall(r"<svg[^>]*>.*?</svg>", html, re.DOTALL)
    assert len(charts) == 7
    for chart in charts:
        assert re.match(r'<svg[^>]* role="img" aria-label="[^"]+"', chart)
        assert "<title>" in chart
    assert "Score from 2025-03-01 to 2025-05-19" in html


async def test_what_was_not_measured_is_said_and_never_zero() -> None:
    """An empty report has no number that looks like a measure."""
    for report in samples.empty():
        page = Page(await written(HtmlRenderer(), report))
        assert "There is no score: there is no code." in page.text


async def test_few_issues_are_open_and_many_are_folded() -> None:
    """So that a long report begins as a list of files; on paper everything is open."""
    few = await written(HtmlRenderer(), samples.technical(samples.reported(30)))
    assert few.count(b"<details open>") >= 3
    many = samples.technical(samples.reported(400))
    assert (await written(HtmlRenderer(), many)).count(b"<details open>") == 1
    paper = await written(HtmlRenderer(expanded=True), many)
    assert b"<details>" not in paper
