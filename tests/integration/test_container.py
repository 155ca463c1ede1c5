"""The container of a whole service: lifecycles, order, overrides, and what is checked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from dishka import Provider, Scope, provide
from dishka.exceptions import GraphMissingFactoryError

from flext_quality.application.ports.clock import Clock
from flext_quality.application.ports.storage import UnitOfWork, UnitOfWorkFactory
from flext_quality.application.projects.create_project import CreateProject
from flext_quality.container import get_quality_container
from flext_quality.domain.errors import InvalidFieldError
from flext_quality.infrastructure.persistence.migrate import upgrade
from tests.fakes import FakeClock, FakeEventSignal, FakeStorage
from tests.live import live_settings


class Single:
    """One for the container."""


class Scoped:
    """One for each scope."""


class Transient:
    """A new one each time."""


@dataclass
class Log:
    """What happened, in order."""

    lines: list[str] = field(default_factory=list)


class _Own(Provider):
    scope = Scope.APP

    def __init__(self, log: Log) -> None:
        super().__init__()
        self._log = log

    @provide
    def log(self) -> Log:
        return self._log

    @provide
    async def single(self, log: Log) -> AsyncIterator[Single]:
        log.lines.append("single starts")
        yield Single()
        log.lines.append("single ends")

    @provide(scope=Scope.REQUEST)
    async def scoped(self, log: Log, single: Single) -> AsyncIterator[Scoped]:
        log.lines.append("scoped starts")
        yield Scoped()
        log.lines.append("scoped ends")

    @provide(cache=False)
    def transient(self, single: Single) -> Transient:
        return Transient()


class _WithClock(Provider):
    scope = Scope.APP

    @provide(override=True)
    def clock(self) -> Clock:
        return FakeClock()


async def test_each_binding_lives_as_long_as_it_says(tmp_path: Path) -> None:
    """Once, once for each scope, or anew each time; what started last ends first."""
    log = Log()
    container = get_quality_container(live_settings(tmp_path), _Own(log))
    assert await container.get(Single) is await container.get(Single)
    assert await container.get(Transient) is not await container.get(Transient)
    async with container() as one:
        assert await one.get(Scoped) is await one.get(Scoped)
        assert await one.get(Single) is await container.get(Single)
        async with container() as another:
            assert await another.get(Scoped) is not await one.get(Scoped)
    await container.close()
    assert log.lines == [
        "single starts",
        *("scoped starts", "scoped starts", "scoped ends", "scoped ends"),
        "single ends",
    ]


async def test_a_scope_has_a_unit_of_work_of_its_own(tmp_path: Path) -> None:
    """Leaving the scope without a commit changes nothing."""
    settings = live_settings(tmp_path)
    await upgrade(settings.effective_database_url)
    container = get_quality_container(settings)
    async with container() as scope:
        uow = await scope.get(UnitOfWork)
        assert uow is await scope.get(UnitOfWork)
        assert [] == await uow.projects.list(limit=10)
    with pytest.raises(RuntimeError):
        await uow.projects.list(limit=10)
    await container.close()


async def test_any_binding_can_be_replaced(tmp_path: Path) -> None:
    """The last one wins, and everything that needs it gets it."""

    class WithStorage(Provider):
        scope = Scope.APP

        @provide(override=True)
        def uow(self) -> UnitOfWorkFactory:
            return storage

    storage = FakeStorage(FakeEventSignal())
    container = get_quality_container(live_settings(tmp_path), _WithClock(), WithStorage())
    assert isinstance(await container.get(Clock), FakeClock)
    create = await container.get(CreateProject)
    assert create.uow is storage
    await container.close()


def test_the_graph_is_checked_at_the_start(tmp_path: Path) -> None:
    """What needs something that is bound nowhere is told before anything runs."""

    class Incomplete(Provider):
        scope = Scope.APP

        @provide
        def scoped(self, missing: Transient) -> Scoped:
            return Scoped()

    with pytest.raises(GraphMissingFactoryError, match="Transient"):
        get_quality_container(live_settings(tmp_path), Incomplete())


def test_without_settings_those_of_the_environment_are_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Wrong ones are named."""
    monkeypatch.setenv("FLEXT_API_DATA_DIR", str(tmp_path))
    get_quality_container()
    monkeypatch.setenv("FLEXT_API_API_PORT", "many")
    with pytest.raises(InvalidFieldError, match="FLEXT_API_API_PORT"):
        get_quality_container()
