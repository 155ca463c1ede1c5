"""Loads plugins by entry points. A broken one is told and left out; it never keeps a server from starting."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Protocol

import structlog

from flext_quality.application.ports.http_client import HttpClient, NoHttpClient
from flext_quality.application.ports.plugins import (
    Plugin,
    PluginContext,
    PluginGroup,
    PluginState,
)

_log = structlog.get_logger(__name__)

_NAME = re.compile(r"^[a-z][a-z0-9_-]{0,63}$")


class BrokenPluginError(Exception):
    """Why a plugin cannot be used."""


def _nothing_wrong(_: object) -> str:
    return ""


@dataclass(frozen=True)
class GroupRules:
    """What a group's plugins have to be.

    Attributes:
        protocol: what a factory has to make.
        named_by: the attribute that has to be the entry point's name.
        taken: names that plugins cannot have.
        problem_of: says what else is wrong with what a factory made; nothing is, if it is empty.
    """

    protocol: type
    named_by: str
    taken: Collection[str] = ()
    problem_of: Callable[[Any], str] = _nothing_wrong


@dataclass(frozen=True)
class PluginOptions:
    """What the operator decided.

    Attributes:
        data_dir: plugins get directories below it.
        options: by the plugin's name.
        http: what plugins ask other servers with.
    """

    server_version: str
    data_dir: Path
    enabled: bool = True
    disabled: Collection[str] = ()
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    http: HttpClient = field(default_factory=NoHttpClient)


@dataclass(frozen=True)
class LoadedPlugins:
    """What was found, in the order of groups and names, and what the good ones made."""

    found: tuple[Plugin, ...]
    made: Mapping[PluginGroup, Mapping[str, Any]]

    def of(self, group: PluginGroup) -> Mapping[str, Any]:
        """What the group's plugins made, by name."""
        return self.made.get(group, {})

    def distributions(self, group: PluginGroup) -> dict[str, str]:
        """The distribution that brought each loaded plugin of the group, by the plugin's name."""
        return {
            plugin.name: plugin.distribution
            for plugin in self.found
            if plugin.group is group and plugin.state is PluginState.LOADED
        }


def load_plugins(
    rules: Mapping[PluginGroup, GroupRules],
    options: PluginOptions,
    installed: Iterable[EntryPoint] | None = None,
) -> LoadedPlugins:
    """Everything that is installed, by default beside this server. Each broken plugin is logged."""
    found: list[Plugin] = []
    made: dict[PluginGroup, dict[str, Any]] = {group: {} for group in rules}
    for group, point, clashes in _candidates(rules, installed):
        plugin = _described(group, point)
        if not options.enabled or point.name in options.disabled:
            found.append(replace(plugin, state=PluginState.DISABLED))
            continue
        try:
            made[group][point.name] = _made(rules[group], point, options, clashes)
        except BrokenPluginError as error:
            plugin = replace(plugin, state=PluginState.BROKEN, problem=str(error))
            _log.warning(
                "plugin left out",
                plugin=point.name,
                group=group.value,
                distribution=plugin.distribution,
                why=plugin.problem,
            )
        found.append(plugin)
    return LoadedPlugins(tuple(found), made)


def _candidates(
    rules: Mapping[PluginGroup, GroupRules], installed: Iterable[EntryPoint] | None
) -> Iterator[tuple[PluginGroup, EntryPoint, str]]:
    """Each entry point, and what is wrong with its name. Of two with one name, neither is taken."""
    points = _installed(rules) if installed is None else list(installed)
    for group, rule in rules.items():
        own = sorted((p for p in points if p.group == group.value), key=lambda p: (p.name, p.value))
        names = [point.name for point in own]
        for point in own:
            yield group, point, _name_problem(point.name, names, rule.taken)


def _installed(rules: Mapping[PluginGroup, GroupRules]) -> list[EntryPoint]:
    return [point for group in rules for point in entry_points(group=group.value)]


def _name_problem(name: str, names: list[str], taken: Collection[str]) -> str:
    if not _NAME.match(name):
        return (
            "its name is not one of lower-case letters, digits, _ and -, that begins with a letter"
        )
    if name in taken:
        return f"the server has a {name!r} already"
    if names.count(name) > 1:
        return f"{names.count(name)} plugins are called {name!r}"
    return ""


def _described(group: PluginGroup, point: EntryPoint) -> Plugin:
    distribution = point.dist
    return Plugin(
        group=group,
        name=point.name,
        distribution=distribution.name if distribution else "",
        version=distribution.version if distribution else "",
        target=point.value,
        state=PluginState.LOADED,
    )


def _made(rule: GroupRules, point: EntryPoint, options: PluginOptions, clashes: str) -> object:
    """What the factory makes; `clashes` is what is wrong with the name, if anything is.

    Raises:
        BrokenPluginError: it has no name of its own, cannot be imported or called, or makes something else.
    """
    if clashes:
        raise BrokenPluginError(clashes)
    context = PluginContext(
        name=point.name,
        server_version=options.server_version,
        data_dir=options.data_dir / point.name,
        options=options.options.get(point.name, {}),
        http=options.http,
    )
    try:
        factory = point.load()
    except (Exception, SystemExit) as error:  # a plugin may do anything
        raise BrokenPluginError(f"cannot be imported: {_words(error)}") from error
    if not callable(factory):
        raise BrokenPluginError(f"{point.value} is a {type(factory).__name__}, no factory")
    try:
        made = factory(context)
        problem = next(_misfits(made, rule.protocol), "")
        named = getattr(made, rule.named_by) if not problem else point.name
        wrong = rule.problem_of(made) if not problem else ""
    except (Exception, SystemExit) as error:  # as above
        raise BrokenPluginError(f"its factory failed: {_words(error)}") from error
    if problem:
        raise BrokenPluginError(
            f"makes a {type(made).__name__} that is no {_called(rule)}: {problem}"
        )
    if wrong:
        raise BrokenPluginError(wrong)
    if named != point.name:
        raise BrokenPluginError(f"its {rule.named_by} is {named!r}, not {point.name!r}")
    return made


def _called(rule: GroupRules) -> str:
    return rule.protocol.__name__


def _words(error: BaseException) -> str:
    """One line, as the log and the list show it."""
    first = next(iter(str(error).splitlines()), "")
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


def _misfits(made: object, protocol: type) -> Iterator[str]:
    """In what ways an object does not have the members of a protocol."""
    for name, member in _members(protocol):
        try:
            value = getattr(made, name)
        except AttributeError:
            yield f"it has no {name}"
            continue
        if isinstance(member, property):
            if callable(value):
                yield f"its {name} is a method, not a value"
        elif not callable(value):
            yield f"its {name} is no method"
        else:
            yield from _misfit_of_method(name, value, member)


def _misfit_of_method(name: str, value: Any, member: Any) -> Iterator[str]:
    if inspect.iscoroutinefunction(member) and not inspect.iscoroutinefunction(value):
        yield f"its {name} is not async"
        return
    wanted = list(inspect.signature(member).parameters.values())[1:]
    positional = [None for p in wanted if p.kind is not p.KEYWORD_ONLY and p.default is p.empty]
    named = {p.name: None for p in wanted if p.kind is p.KEYWORD_ONLY and p.default is p.empty}
    try:
        inspect.signature(value).bind(*positional, **named)
    except TypeError:
        yield f"its {name} cannot be called with ({', '.join(p.name for p in wanted)})"
    except ValueError:  # a builtin without a signature
        return


def _members(protocol: type) -> Iterator[tuple[str, Any]]:
    for parent in protocol.__mro__:
        if parent in (object, Protocol) or parent.__name__ == "Generic":
            continue
        annotated = dict.fromkeys(inspect.get_annotations(parent), property())
        members = annotated | dict(vars(parent))
        yield from ((n, m) for n, m in members.items() if not n.startswith("_"))
