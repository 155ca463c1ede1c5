"""No block is left out silently."""

from __future__ import annotations

import re

from tests.docs.pages import every_block, pages

TESTED = {"python", "sh", "json", "yaml", "toml", "usage", "jinja"}
NOT_RUN = {
    "docs/discovery.md": "needs a Consul agent",
    "docs/install.md": "there is no release yet",
    "docs/performance.md": "measures for minutes",
}


def test_every_block_says_what_it_is() -> None:
    """A block has a language that a test knows, or is mere text, which holds no command."""
    for block in every_block():
        assert block.language in TESTED | {"text"}, (
            f"{block}: tests/docs/pages.py lists what a block can be"
        )
        if block.language == "text":
            assert not re.search(r"^(\$ |flext-quality|make|pip) ", block.text, re.MULTILINE), block


def test_code_stands_between_fences() -> None:
    """Code that is only indented has no language, so no test would find it."""
    assert [] == [f"{page.path}:{line}" for page in pages() for line in page.indented]


def test_what_does_not_run_is_known() -> None:
    """A block that no machine of ours can run gives its reason in the page, and stands here too."""
    assert NOT_RUN == {block.page: block.not_run for block in every_block() if block.not_run}
