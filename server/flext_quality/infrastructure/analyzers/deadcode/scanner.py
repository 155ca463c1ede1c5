"""Reads a file with vulture: a program that `per_file/runner.py` loads, and that imports nothing of ours.

Vulture looks at each file by itself, collects what it defines and what it uses, and only in the end takes
the one from the other. So the collections of a file can be kept, and files can be read side by side.

What is collected is vulture's own; only the walk over the tree is another one, which saves a third of the
time.
"""

from __future__ import annotations

import ast
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, TypedDict, cast

from vulture import core, noqa  # type: ignore[import-untyped]  # ships no types

if TYPE_CHECKING:
    from flext_quality.infrastructure.analyzers.per_file.runner import Scan, Source


class Settings(TypedDict):
    """Vulture's options of these names; `exclude` matters for its own lists of names only."""

    exclude: list[str]
    ignore_names: list[str]
    ignore_decorators: list[str]


class _InProject:
    """A file's path for vulture's question whether it is a test.

    Vulture asks the absolute path; where the working copy lies must not matter.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def resolve(self) -> PurePosixPath:
        return PurePosixPath("/", self._path)


_is_test_file = core._is_test_file  # noqa: SLF001  # a function of vulture's that it has no option for


@cache
def _is_test(path: Path) -> bool:
    return bool(_is_test_file(_InProject(path)))


_LEAVES = {"ctx", "op", "ops", "id", "attr", "type_comment"}
"""Fields that hold no node, or one that means nothing to vulture."""


_Visitor = Callable[[core.Vulture, ast.AST], object]


@dataclass(frozen=True, slots=True)
class _Kind:
    """What is done with a kind of node: which fields are walked into, and what vulture does with it."""

    fields: tuple[str, ...]
    visitor: _Visitor | None
    may_end_flow: bool

    @classmethod
    def of(cls, kind: type[ast.AST]) -> _Kind:
        fields = tuple(name for name in kind._fields if name not in _LEAVES)
        visitor = vars(core.Vulture).get(f"visit_{kind.__name__}")
        return cls(fields, visitor, issubclass(kind, (ast.stmt, ast.mod, ast.IfExp)))


_kinds: dict[type[ast.AST], _Kind] = {}
"""Those that were met."""


class _Collector(core.Vulture):  # type: ignore[misc]  # vulture ships no types
    """Reads one file."""

    def read(self, text: str, path: str) -> None:
        """Collects what the text defines and uses, as `scan` does.

        Raises:
            SyntaxError: of the file, or of a type comment in it; what stands before is collected.
        """
        # As `scan`, which would print the error.
        self.code = text.splitlines()
        self.noqa_lines = noqa.parse_noqa(self.code)
        self.filename = Path(path)
        self.visit(ast.parse(text, type_comments=True))

    def visit(self, node: ast.AST) -> None:
        """Visits the node after all below it, as vulture's own, which looks at more that means nothing."""
        kind = _kinds.get(node.__class__)
        if kind is None:
            kind = _kinds[node.__class__] = _Kind.of(node.__class__)
        for name in kind.fields:
            value = getattr(node, name, None)
            if value.__class__ is list:
                for item in value:
                    if isinstance(item, ast.AST):
                        self.visit(item)
            elif isinstance(value, ast.AST):
                self.visit(value)
        if kind.may_end_flow:
            self.reachability.visit(node)
        if kind.visitor is not None:
            kind.visitor(self, node)
        if (comment := getattr(node, "type_comment", None)) is not None:
            is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            self.visit(ast.parse(comment, mode="func_type" if is_function else "eval"))

    def defined(self) -> list[tuple[str, str, str, int, int, int]]:
        """Kind, name, words, first and last line, and confidence of all that is defined."""
        kinds = (
            *(self.defined_attrs, self.defined_classes, self.defined_funcs, self.defined_imports),
            *(self.defined_methods, self.defined_props, self.defined_vars),
        )
        # Of definitions with the same line and name vulture tells the first only.
        items = [item for kind in kinds for item in dict.fromkeys(kind)]
        return [
            (
                item.typ,
                item.name,
                item.message,
                item.first_lineno,
                item.last_lineno,
                item.confidence,
            )
            for item in (*items, *self.unreachable_code)
        ]


def scanner(given: dict[str, object]) -> Scan:
    """What reads a file."""
    settings = cast("Settings", given)
    core._is_test_file = _is_test  # noqa: SLF001  # as above

    @cache
    def known_uses(module: str) -> frozenset[str]:
        """Names that vulture knows to be used by the module's users or by the module itself."""
        path = f"whitelists/{module}_whitelist.py"
        # Vulture's own patterns match these too.
        if any(fnmatch(path, pattern) for pattern in settings["exclude"]):
            return frozenset()
        try:
            content = pkgutil.get_data("vulture", path)
        except OSError:
            return frozenset()  # most have none
        known = _Collector()
        known.read((content or b"").decode(), path)
        return frozenset(known.used_names)

    def scan(source: Source) -> dict[str, object]:
        collector = _Collector(
            ignore_names=settings["ignore_names"], ignore_decorators=settings["ignore_decorators"]
        )
        text = source.text()
        failure: dict[str, object] = {}
        try:
            collector.read(text, source.path)
        except SyntaxError as error:
            line = "" if error.lineno is None else f" (line {error.lineno})"
            failure = {"error": "syntax", "detail": f"{error.msg}{line}"}
        used = set(collector.used_names)
        for imported in {item.name for item in collector.defined_imports}:
            used |= known_uses(imported)
        return {"defined": collector.defined(), "used": sorted(used), **failure}

    return scan
