"""Measures a file: a program that `per_file/runner.py` loads, and that imports nothing of ours.

Each file is parsed once; radon's visitors get that tree. Figures are radon's and complexipy's own:

- cyclomatic complexity of every function, as `radon cc` tells it of functions, methods and closures;
  functions that radon leaves out (methods of classes inside of functions) are given to it one by one;
- maintainability index as `radon mi`, of which radon's line counts are counted anew from one run of the
  tokenizer (`raw_counts`), which saves three quarters of the time;
- cognitive complexity of the functions that complexipy tells: closures count in the function around them.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import complexipy
from radon.metrics import h_visit_ast, mi_compute  # type: ignore[import-untyped]  # ships no types
from radon.raw import analyze  # type: ignore[import-untyped]  # as above
from radon.visitors import Class, ComplexityVisitor, Function  # type: ignore[import-untyped]  # as above

if TYPE_CHECKING:
    from flext_quality.infrastructure.analyzers.per_file.runner import Scan, Source

_FunctionDef = ast.FunctionDef | ast.AsyncFunctionDef
_DEEPER = (
    *(ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.Match),
    *((ast.TryStar,) if hasattr(ast, "TryStar") else ()),
)
"""What a block inside of counts as one level deeper. `with` does not branch, so it is none of them."""
_OTHER_LINE_BREAKS = re.compile("[\v\f\x1c-\x1e\x85\u2028\u2029]")
"""What ends a line for `str.splitlines`, and so for radon, but not for the tokenizer."""
_NO_CODE = {tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


def scanner(_settings: dict[str, object]) -> Scan:
    """What measures a file; there are no settings."""
    return measure


def measure(source: Source) -> dict[str, object]:
    """The fields of the file's result."""
    text = source.text()
    tree = ast.parse(text)
    definitions = list(_definitions(tree, ""))
    visitor = ComplexityVisitor.from_ast(tree)
    cyclomatic = dict(_complexities([*visitor.functions, *visitor.classes]))
    failures: list[str] = []
    cognitive = _cognitive(text, failures)
    functions = [
        {
            "name": name,
            "line": node.lineno,
            "column": node.col_offset + 1,
            "cyclomatic": cyclomatic.get(node.lineno) or _one_complexity(node),
            "cognitive": None if cognitive is None else cognitive.get(_first_line(node)),
            "nesting": nesting_depth(node.body),
        }
        for name, node in definitions
        if not isinstance(node, ast.ClassDef)
    ]
    return {
        "functions": functions,
        "classes": len(definitions) - len(functions),
        "has_cognitive": cognitive is not None,
        "maintainability": _maintainability(text, tree, visitor.total_complexity, failures),
        "failure": "; ".join(failures),
    }


def _maintainability(
    text: str, tree: ast.Module, complexity: int, failures: list[str]
) -> float | None:
    try:
        lloc, sloc, comments, multi = raw_counts(text)
    except SyntaxError as error:  # of radon's, which knows less than Python
        failures.append(f"radon: {error}")
        return None
    percentage = (comments + multi) / sloc * 100 if sloc else 0
    volume = h_visit_ast(tree).total.volume
    index: float = mi_compute(volume, complexity, lloc, percentage)
    return index


def _definitions(node: ast.AST, prefix: str) -> Iterator[tuple[str, _FunctionDef | ast.ClassDef]]:
    """Every function and class with its dotted name, in the order of the text."""
    for child in _statements(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = prefix + child.name
            yield name, child
            yield from _definitions(child, f"{name}.")
        else:
            yield from _definitions(child, prefix)


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """What holds statements or is one, right below the node. No expression holds a definition."""
    for name in ("body", "handlers", "cases", "orelse", "finalbody"):
        value = getattr(node, name, None)
        if isinstance(value, list):
            yield from value


def _complexities(blocks: Sequence[Function | Class]) -> Iterator[tuple[int, int]]:
    """Line and complexity of each function in radon's blocks. No two functions begin in one line."""
    for block in blocks:
        if isinstance(block, Class):
            yield from _complexities([*block.methods, *block.inner_classes])
        else:
            yield block.lineno, block.complexity
            yield from _complexities(block.closures)


def _one_complexity(node: _FunctionDef) -> int:
    complexity: int = ComplexityVisitor.from_ast(node).functions[0].complexity
    return complexity


def _cognitive(text: str, failures: list[str]) -> dict[int, int] | None:
    """Complexity by first line; None if complexipy gives up."""
    try:
        found = complexipy.code_complexity(text, with_plans=False)
    except ValueError as error:
        failures.append(f"complexipy: {error}")
        return None
    return {one.line_start: one.complexity for one in found.functions}


def _first_line(node: _FunctionDef) -> int:
    """Where complexipy lets the function begin: with its decorators."""
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def nesting_depth(body: Sequence[ast.stmt]) -> int:
    """How many control flow blocks lie inside of each other at the deepest; `elif` is no level.

    Functions and classes inside are not looked into: they count by themselves.
    """
    deepest = 0
    pending: list[tuple[ast.AST, int]] = [(statement, 0) for statement in body]
    while pending:
        node, depth = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        inner = depth + isinstance(node, _DEEPER)
        deepest = max(deepest, inner)
        elif_ = _elif(node)
        pending += [(child, depth if child is elif_ else inner) for child in _statements(node)]
    return deepest


def _elif(node: ast.AST) -> ast.AST | None:
    """The `if` that is the node's `elif`, which stands in the same column; an `else: if` does not."""
    if isinstance(node, ast.If) and len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
        inner = node.orelse[0]
        return inner if inner.col_offset == node.col_offset else None
    return None


def raw_counts(text: str) -> tuple[int, int, int, int]:
    """Logical lines, source lines, comments and lines of multi-line strings, as radon counts them.

    `radon.raw.analyze` runs the tokenizer for every line, and again for every line that a statement goes
    on. Here it runs once over all; where that might make a difference, radon itself counts.
    """
    if _OTHER_LINE_BREAKS.search(text) is None:
        try:
            return _RawCounts(text).counted()
        except (tokenize.TokenError, SyntaxError):
            pass  # radon looks at each line without its indentation, and may have no difficulty
    raw = analyze(text)
    return raw.lloc, raw.sloc, raw.comments, raw.multi


class _RawCounts:
    """Counts statement by statement. Lines outside of any are looked at one by one."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._is_filled = [bool(line.strip()) for line in text.split("\n")]
        self._lloc = self._sloc = self._comments = self._multi = 0

    def counted(self) -> tuple[int, int, int, int]:
        """The counts.

        Raises:
            SyntaxError: radon would count in another way, or the tokenizer gives up.
        """
        tokens: list[tokenize.TokenInfo] = []
        depth = comments = 0
        for token in tokenize.generate_tokens(io.StringIO(self._text).readline):
            kind = token[0]
            if kind == tokenize.OP:
                depth += (token[1] in "([{") - (token[1] in ")]}")
                tokens.append(token)
            elif kind == tokenize.COMMENT:
                comments += 1
            elif kind == tokenize.NEWLINE or (kind == tokenize.NL and not depth):
                self._count(tokens, comments, token[2][0])
                tokens, comments = [], 0
            elif kind == tokenize.ERRORTOKEN:
                raise SyntaxError(token[1])
            elif kind not in _NO_CODE:
                tokens.append(token)
        return self._lloc, self._sloc, self._comments, self._multi

    def _count(self, tokens: Sequence[tokenize.TokenInfo], comments: int, end: int) -> None:
        """Takes what a statement consists of, and how many comments are in it."""
        self._comments += comments
        if not tokens:
            return
        start = tokens[0][2][0]
        filled = sum(self._is_filled[start - 1 : end])
        if len(tokens) == 1 and tokens[0][0] == tokenize.STRING and not comments:
            self._multi += filled if start != end else 0
        else:
            self._sloc += filled
        words = [token[1] for token in tokens if token[0] == tokenize.OP]
        if ";" in words:
            raise SyntaxError("radon counts what is between semicolons in its own way")
        # A colon at the end is one logical line, any other makes two: of `if x: y`, but of `x[1:2]` too.
        self._lloc += 2 if ":" in words and tokens[-1][1] != ":" else 1
