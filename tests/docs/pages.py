"""The pages that people read, and the fenced blocks in them.

The first word behind the fence is the language. What runs, and how, says the test module of that language:

| language | test |
|---|---|
| `python` | `test_python.py`: against a live server, the blocks of a page one after the other |
| `sh` | `test_shell.py`: in bash, after `prelude.sh` |
| `json`, `yaml`, `toml`, `usage`, `jinja` | `test_data.py`: by the second word, which says what it is |
| `text` | nothing runs: a formula, a picture |

A block that no machine of ours can run has a comment before it: `<!-- not run: the reason -->`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parents[2]
PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "clients/python/README.md",
    "examples/*/README.md",
    "docs/**/*.md",
)
_NOT_RUN = re.compile(r"<!-- not run: (.+) -->")


@dataclass(frozen=True)
class Block:
    """A fenced block. `kind` is the word behind the language, `not_run` the reason if it has one."""

    page: str
    line: int
    language: str
    kind: str
    text: str
    not_run: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


@dataclass(frozen=True)
class Page:
    """A page: its blocks, the lines of code that is only indented, and the code within its sentences."""

    path: str
    blocks: tuple[Block, ...]
    indented: tuple[int, ...]
    inline: tuple[str, ...]


@cache
def pages() -> tuple[Page, ...]:
    """Every page."""
    paths = [path for pattern in PAGES for path in sorted(ROOT.glob(pattern))]
    return tuple(_read(path) for path in paths)


def blocks(*languages: str) -> list[Block]:
    """The blocks of these languages that can run."""
    return [block for block in every_block() if block.language in languages and not block.not_run]


def every_block() -> list[Block]:
    """All blocks."""
    return [block for page in pages() for block in page.blocks]


def each(*languages: str) -> pytest.MarkDecorator:
    """Runs a test with each block of these languages that can run."""
    return pytest.mark.parametrize("block", blocks(*languages), ids=str)


def _read(path: Path) -> Page:
    tokens = MarkdownIt().enable("table").parse(path.read_text(encoding="utf-8"))
    name = path.relative_to(ROOT).as_posix()
    indented = tuple(_line(token) for token in tokens if token.type == "code_block")
    inline = tuple(
        child.content
        for token in tokens
        for child in token.children or ()
        if child.type == "code_inline"
    )
    return Page(name, tuple(_blocks(name, tokens)), indented, inline)


def _blocks(name: str, tokens: list[Token]) -> Iterator[Block]:
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.type != "fence":
            continue
        language, _, kind = token.info.strip().partition(" ")
        said = before and before.type == "html_block" and _NOT_RUN.match(before.content)
        reason = said[1] if said else ""
        yield Block(name, _line(token), language, kind, token.content, reason)


def _line(token: Token) -> int:
    return token.map[0] + 1 if token.map else 0
