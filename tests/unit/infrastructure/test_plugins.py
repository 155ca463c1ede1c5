"""What a plugin has to be, and what is said of one that is not."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import pytest

from flext_quality.application.ports.analyzers import Analyzer
from flext_quality.application.ports.plugins import (
    PLUGIN_API,
    PluginContext,
    PluginGroup,
    PluginState,
)
from flext_quality.container.plugins import problem_of_profile
from flext_quality.domain.findings.profile import AnalyzerProfile
from flext_quality.domain.result import FlextResult
from flext_quality.infrastructure.plugins import (
    GroupRules,
    LoadedPlugins,
    PluginOptions,
    load_plugins,
)
from tests.fakes import FakeAnalyzer

GROUP = PluginGroup.ANALYZERS
RULES = {GROUP: GroupRules(Analyzer, "name", {"ruff"}, problem_of_profile)}
OPTIONS = PluginOptions("1.4.0", Path("/data/plugins"))
Define = Callable[..., None]


@pytest.fixture
def define() -> Iterator[Define]:
    """Puts names into the module `some_plugin`."""
    module = sys.modules["some_plugin"] = ModuleType("some_plugin")
    yield module.__dict__.update
    del sys.modules["some_plugin"]


def _point(name: str, value: str = "some_plugin:create") -> EntryPoint:
    return EntryPoint(name, value, GROUP.value)


def _load(*points: EntryPoint, options: PluginOptions = OPTIONS, **rules: Any) -> LoadedPlugins:
    return load_plugins(rules.get("rules", RULES), options, points)


def _problem(*points: EntryPoint, **rules: Any) -> str:
    loaded = _load(*points, **rules)
    assert not loaded.of(GROUP)
    assert {PluginState.BROKEN} == {plugin.state for plugin in loaded.found}
    return loaded.found[0].problem


def test_a_good_plugin_is_loaded(define: Define) -> None:
    """Its factory hears its name, its options, its directory and the API that it can rely on."""
    heard: list[PluginContext] = []

    def create(context: PluginContext) -> FakeAnalyzer:
        heard.append(context)
        return FakeAnalyzer(context.name)

    define(create=create)
    options = PluginOptions("1.4.0", Path("/data/plugins"), options={"todo": {"words": ["X"]}})
    loaded = _load(_point("todo"), options=options)
    assert ["todo"] == list(loaded.of(GROUP))
    assert {"todo": ""} == loaded.distributions(GROUP)
    context = PluginContext("todo", "1.4.0", Path("/data/plugins/todo"), {"words": ["X"]})
    assert [context] == heard
    assert context.api == PLUGIN_API
    assert loaded.of(PluginGroup.NOTIFIERS) == {}


def test_a_name_that_the_server_has_is_a_clash() -> None:
    """A plugin cannot take the place of an analyzer that people rely on."""
    assert _problem(_point("ruff")) == "the server has a 'ruff' already"


def test_of_two_plugins_with_one_name_neither_is_taken(define: Define) -> None:
    """Which one it would be is not left to chance."""
    define(create=lambda context: FakeAnalyzer(context.name))
    two = (_point("todo"), _point("todo", "some_plugin:other"))
    assert _problem(*two) == "2 plugins are called 'todo'"


def test_a_name_is_one_that_can_be_asked_for() -> None:
    """As the contract has it."""
    assert "its name is not one of" in _problem(_point("Wrong Name"))


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("no_such_module:create", "cannot be imported: ModuleNotFoundError: No module named"),
        ("some_plugin:absent", "cannot be imported: AttributeError"),
        ("some_plugin:number", "some_plugin:number is a int, no factory"),
        ("some_plugin:failing", "its factory failed: ZeroDivisionError: at once"),
        ("some_plugin:leaving", "its factory failed: SystemExit: 3"),
        ("some_plugin:silent", "its factory failed: RuntimeError"),
        ("some_plugin:wrong", "makes a object that is no Analyzer: it has no name"),
        ("some_plugin:renamed", "its name is 'other', not 'todo'"),
    ],
)
def test_whatever_a_plugin_does_it_is_told(define: Define, value: str, problem: str) -> None:
    """Import errors, wrong things, exceptions, even an exit."""

    def failing(context: PluginContext) -> None:
        raise ZeroDivisionError("at once\nand more")

    def silent(context: PluginContext) -> None:
        raise RuntimeError

    define(
        number=7,
        failing=failing,
        silent=silent,
        leaving=lambda context: sys.exit(3),
        wrong=lambda context: object(),
        renamed=lambda context: FakeAnalyzer("other"),
    )
    assert problem in _problem(_point("todo", value))


class _Good:
    name = "todo"
    profile: Any = AnalyzerProfile("todo")

    async def version(self) -> FlextResult[str]:
        return FlextResult.ok("1")

    async def run(self, workspace: object, report: object) -> FlextResult[None]:
        return FlextResult.ok(None)


class _NameIsMethod(_Good):
    def name(self) -> str:  # type: ignore[override]  # the mistake
        return "todo"


class _RunIsValue(_Good):
    run = None  # type: ignore[assignment]  # the mistake


class _NotAsync(_Good):
    def version(self) -> FlextResult[str]:  # type: ignore[override]  # the mistake
        return FlextResult.ok("1")


class _TooFew(_Good):
    async def run(self, workspace: object) -> FlextResult[None]:  # type: ignore[override]  # the mistake
        return FlextResult.ok(None)


class _ProfileIsText(_Good):
    profile = "todo"


class _ProfileOfAnother(_Good):
    profile = AnalyzerProfile("fixme")


class _Raising(_Good):
    @property
    def version(self) -> Any:
        raise OSError("disk")


@pytest.mark.parametrize(
    ("made", "problem"),
    [
        (_NameIsMethod, "its name is a method, not a value"),
        (_RunIsValue, "its run is no method"),
        (_NotAsync, "its version is not async"),
        (_TooFew, "its run cannot be called with (workspace, sink)"),
        (_ProfileIsText, "its profile is a str, no AnalyzerProfile"),
        (_ProfileOfAnother, "its profile is that of 'fixme', not of 'todo'"),
        (_Raising, "its factory failed: OSError: disk"),
    ],
)
def test_what_a_factory_makes_is_looked_at(define: Define, made: type, problem: str) -> None:
    """Before an analysis would stumble over it."""
    define(create=lambda context: made())
    assert problem in _problem(_point("todo"))
    define(create=lambda context: _Good())
    assert ["todo"] == list(_load(_point("todo")).of(GROUP))


def test_members_may_be_annotated_named_or_built_in(define: Define) -> None:
    """A protocol is read as it is written; what tells no signature is believed."""

    class Publishing(Protocol):
        name: str

        async def publish(self, event: object, *, topic: str) -> None: ...

        def close(self, how: object, /) -> None: ...

    class Publisher:
        name = "nats"
        close = dict.fromkeys

        async def publish(self, event: object, *, topic: str) -> None: ...

    define(create=lambda context: Publisher(), other=lambda context: object())
    rules = {GROUP: GroupRules(Publishing, "name")}
    assert ["nats"] == list(_load(_point("nats"), rules=rules).of(GROUP))
    problem = _problem(_point("nats", "some_plugin:other"), rules=rules)
    assert problem == "makes a object that is no Publishing: it has no name"


def test_the_operator_leaves_plugins_out() -> None:
    """Nothing of them is imported then."""
    off = PluginOptions("1", Path("/data"), disabled={"todo"})
    assert [PluginState.DISABLED] == [p.state for p in _load(_point("todo"), options=off).found]
    none = PluginOptions("1", Path("/data"), enabled=False)
    assert [PluginState.DISABLED] == [p.state for p in _load(_point("x"), options=none).found]
