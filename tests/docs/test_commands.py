"""What pages say of the command, and of make, is so."""

from __future__ import annotations

import re
from typing import Any

import pytest
import typer
from typer.core import TyperGroup

from flext_quality.cli.app import app
from tests.docs.pages import ROOT, Block, each, pages

INLINE = sorted(
    {(page.path, code) for page in pages() for code in page.inline if re.match(r"make \w", code)}
    | {(page.path, code) for page in pages() for code in page.inline if "flext-quality " in code}
)


@each("usage")
def test_usage_on_pages_is_the_commands_own(block: Block) -> None:
    """Each command that a page shows is there, and so is each of its options."""
    for line in re.split(r"\n(?=flext-quality)", block.text):
        check(line)


@pytest.mark.parametrize(("page", "code"), INLINE)
def test_commands_within_sentences_are_there(page: str, code: str) -> None:
    """A sentence that names a command, an option or a target of make names one that there is."""
    if code.startswith("make"):
        makefile = (ROOT / "Makefile").read_text()
        assert code.split()[1] in re.findall(r"^([a-z-]+):", makefile, re.MULTILINE)
    else:
        check(code)


def test_every_command_has_its_usage_on_the_page() -> None:
    """Whoever reads docs/cli.md sees every command, with all its options but --server and --format."""
    (page,) = (page for page in pages() if page.path == "docs/cli.md")
    shown = "\n".join(block.text for block in page.blocks if block.language == "usage")
    shown += "\n".join(code.replace("\\", "") for code in page.inline)
    for path, command in commands(typer.main.get_command(app), "flext-quality"):
        words = path.split()
        assert re.search(rf"{' '.join(words[:-1])} (\S+\|)*{words[-1]}\b", shown), path
        for option in {max(param.opts, key=len) for param in command.params}:
            if option.startswith("--") and option not in {"--help", "--server", "--format"}:
                assert option in shown, f"{path} {option}"


def commands(command: Any, path: str) -> list[tuple[str, Any]]:
    """Every command that does something by its words."""
    if not isinstance(command, TyperGroup):
        return [(path, command)]
    return [
        found
        for name, inner in command.commands.items()
        for found in commands(inner, f"{path} {name}")
    ]


def check(line: str) -> None:
    """Asserts that the first words are a command, or several, and that the options are theirs."""
    words = re.sub(r"\\\|", "|", line.split("flext-quality ", 1)[1]).split()
    group = typer.main.get_command(app)
    found = [group]
    while words and isinstance(group, TyperGroup) and words[0][0].islower():
        found = [group.commands[name] for name in words.pop(0).split("|")]
        group = found[0]
    options = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", line))
    for command in found:
        known = {name for param in command.params for name in param.opts} | {"--help"}
        assert options <= known, f"{line}: {command.name} has no {options - known}"
