"""Reads a file with vulture: a program that `per_file/runner.py` loads, and that imports nothing of ours.

Vulture is given one file at a time. What it calls unused in that file is dead unless another file uses the
name. So files can be read side by side, and what was read can be kept.
"""

from __future__ import annotations

import ast
import io
import re
from contextlib import redirect_stderr
from functools import cache
from typing import TYPE_CHECKING, TypedDict, cast

from vulture import Vulture  # type: ignore[import-untyped]  # ships no types

if TYPE_CHECKING:
    from flext_quality.infrastructure.analyzers.per_file.runner import Scan, Source

_COMPLAINT = re.compile(r':(\d+): (.*?)(?: at ".*")?$')
_NOWHERE = "/nowhere"
"""Where vulture takes the project to lie. It goes by a file's whole path whether it is a test, and where the
working copy lies must not matter."""

_IDLE_FIELDS = frozenset({"ctx", "op", "ops", "id", "attr", "type_comment"})
_IDLE_NODES = frozenset({ast.Constant, ast.Pass, ast.alias})
"""What holds nothing that vulture looks at. Half of all nodes need not be visited."""
_walked_fields: dict[type[ast.AST], tuple[str, ...]] = {}
"""The fields that are, of the kinds of nodes that were met."""


class Settings(TypedDict):
    """Vulture's options of these names; `exclude` matters for its own lists of names only."""

    exclude: list[str]
    ignore_names: list[str]
    ignore_decorators: list[str]


class _Reader(Vulture):  # type: ignore[misc]  # vulture ships no types
    """Vulture, but quicker by a fifth: it passes idle nodes over."""

    def generic_visit(self, node: ast.AST) -> None:
        """Visits the nodes below."""
        kind = node.__class__
        fields = _walked_fields.get(kind)
        if fields is None:
            fields = tuple(name for name in kind._fields if name not in _IDLE_FIELDS)
            _walked_fields[kind] = fields
        for name in fields:
            value = getattr(node, name, None)
            for child in value if value.__class__ is list else (value,):
                if isinstance(child, ast.AST) and child.__class__ not in _IDLE_NODES:
                    self.visit(child)


def scanner(given: dict[str, object]) -> Scan:
    """What reads a file."""
    settings = cast("Settings", given)

    @cache
    def known_uses(module: str) -> frozenset[str]:
        """Names that vulture knows to be used by the module's users or by the module itself."""
        known = Vulture()
        known.scan(f"import {module}")
        known.scavenge([], exclude=settings["exclude"])
        return frozenset(known.used_names)

    def scan(source: Source) -> dict[str, object]:
        reader = _Reader(
            ignore_names=settings["ignore_names"], ignore_decorators=settings["ignore_decorators"]
        )
        text = source.text()
        with redirect_stderr(io.StringIO()) as printed:
            reader.scan(text, f"{_NOWHERE}/{source.path}")
        complaint = printed.getvalue()
        failure = {"error": "syntax", "detail": _detail(text, complaint)} if complaint else {}
        used = set(reader.used_names)
        for imported in {item.name for item in reader.defined_imports}:
            used |= known_uses(imported)
        unused = [
            (
                item.typ,
                item.name,
                item.message,
                item.first_lineno,
                item.last_lineno,
                item.confidence,
            )
            for item in reader.get_unused_code()
        ]
        return {"unused": unused, "used": sorted(used), **failure}

    return scan


def _detail(text: str, complaint: str) -> str:
    """What is wrong with a file about which vulture printed this; all before the error was read.

    Raises:
        ValueError: Python says so, of NUL characters for one.
    """
    try:
        ast.parse(text, type_comments=True)
    except SyntaxError as error:
        return error.msg if error.lineno is None else f"{error.msg} (line {error.lineno})"
    # It is in a type comment, which Python leaves to others to read.
    told = _COMPLAINT.search(complaint)
    return f"{told[2]} (line {told[1]})" if told else complaint.strip()
