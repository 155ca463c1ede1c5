"""The options described, from the docstrings that stand below them: for docs/settings.md and templates."""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
from collections.abc import Iterator
from functools import cache
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import annotated_types
from pydantic import BaseModel, SecretStr
from pydantic_core import PydanticUndefined

from flext_quality.settings.options import Option, groups, options
from flext_quality.settings.secret_values import text_of

_MADE = {
    "data_dir": "the user's data directory",
    "external_tools.processes": "the number of cores",
}
"""Defaults that depend on the machine."""


def description(option: Option) -> str:
    """What the option is for, in a line."""
    return _docstrings(option.group).get(option.path[-1], "")


def group_description(path: tuple[str, ...]) -> str:
    """What a group is for."""
    return " ".join(inspect.cleandoc(groups()[path].__doc__ or "").split())


def default_text(option: Option) -> str:
    """The default as text; empty for none."""
    if option.name in _MADE:
        return _MADE[option.name]
    default = option.field.default
    return "" if default is PydanticUndefined else text_of(default)


def allowed(option: Option) -> str:
    """What values the option takes, for people."""
    return _type_words(option.field.annotation) + _bounds(option.field.metadata)


def _type_words(annotation: Any) -> str:
    arguments = get_args(annotation)
    origin = get_origin(annotation)
    if origin in (Union, UnionType):
        return " or ".join(_type_words(a) for a in arguments if a is not type(None))
    if origin is Literal:
        return ", ".join(f"`{value}`" for value in arguments)
    if origin in (tuple, list, set, frozenset):
        return "list"
    if origin is dict:
        return "mapping"
    names = {bool: "`true` or `false`", int: "whole number", float: "number", SecretStr: "secret"}
    return names.get(annotation, "path" if _is_path(annotation) else "text")


def _is_path(annotation: Any) -> bool:
    return getattr(annotation, "__name__", "") == "Path"


def _bounds(metadata: list[Any]) -> str:
    signs = []
    for mark in metadata:
        match mark:
            case annotated_types.Gt(gt=bound):
                signs.append(f"> {bound:,}")
            case annotated_types.Ge(ge=bound):
                signs.append(f"≥ {bound:,}")
            case annotated_types.Lt(lt=bound):
                signs.append(f"< {bound:,}")
            case annotated_types.Le(le=bound):
                signs.append(f"≤ {bound:,}")
            case _:
                pass
    return f", {', '.join(signs)}" if signs else ""


@cache
def _docstrings(group: type[BaseModel]) -> dict[str, str]:
    """The texts below the fields of a class and of those that it derives from."""
    found: dict[str, str] = {}
    for base in reversed(group.__mro__):
        if issubclass(base, BaseModel) and base is not BaseModel:
            found.update(_own_docstrings(base))
    return found


def _own_docstrings(group: type[BaseModel]) -> Iterator[tuple[str, str]]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(group)))
    (definition,) = tree.body
    assert isinstance(definition, ast.ClassDef)  # noqa: S101  # the source of a class
    for field, text in zip(definition.body, definition.body[1:], strict=False):
        match field, text:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(words))),
            ):
                yield name, " ".join(words.split())


def template(environment: str) -> str:
    """A configuration file with every option, described and commented out."""
    lines = [
        f"# flext-quality: what is set in the environment {environment}.",
        "# Environment variables, secret files and Vault go before this file.",
        "# ${VAR} stands for an environment variable, ${VAR:-default} for one that may be missing.",
        "",
    ]
    shown: set[tuple[str, ...]] = set()
    ordered = sorted(options().values(), key=lambda option: len(option.path) > 1)
    for option in ordered:
        if option.is_environment_only:
            continue
        for length in range(1, len(option.path)):
            group = option.path[:length]
            if group not in shown:
                shown.add(group)
                indent = "  " * (length - 1)
                lines += [
                    "",
                    *_comment(group_description(group), indent),
                    f"# {indent}{group[-1]}:",
                ]
        indent = "  " * (len(option.path) - 1)
        lines += _comment(description(option), indent)
        lines.append(f"# {indent}{option.path[-1]}: {_example(option)}".rstrip())
    return "\n".join(lines) + "\n"


def _comment(text: str, indent: str) -> list[str]:
    return [f"#{indent} # {line}" for line in textwrap.wrap(text, 90)]


def _example(option: Option) -> str:
    if option.is_secret or option.may_hold_password:
        return f"${{{'_'.join(option.path).upper()}}}"
    if option.name in _MADE:
        return ""
    text = default_text(option)
    return json.dumps(text) if text.endswith(":") else text  # it would begin a mapping
