"""The product's own container with a fake behind every port."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dishka import AsyncContainer, Provider, Scope, provide

from flext_quality.application.findings.analyzers import Analyzers
from flext_quality.application.ports.analyzers import Analyzer, FileResultCache
from flext_quality.application.ports.clock import Clock
from flext_quality.application.ports.discovery import ServiceRegistry
from flext_quality.application.ports.flags import FeatureFlags
from flext_quality.application.ports.jobs import JobQueue
from flext_quality.application.ports.secret_box import SecretBox
from flext_quality.application.ports.signals import EventSignal
from flext_quality.application.ports.sources import Sources
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.container import build_container
from flext_quality.infrastructure.plugins import LoadedPlugins
from flext_quality.settings import settings_of
from flext_quality.testing.clock import FakeClock
from flext_quality.testing.registry import FakeServiceRegistry
from flext_quality.testing.secrets import FakeFeatureFlags, FakeSecretBox
from flext_quality.testing.signals import FakeEventSignal
from flext_quality.testing.storage import FakeFileResultCache, FakeStorage
from flext_quality.testing.work import FakeAnalyzer, FakeJobQueue, FakeSources


def _one_analyzer() -> list[Analyzer]:
    return [FakeAnalyzer("fake")]


@dataclass
class Fakes:
    """What stands behind the ports. Set them up before, look at them after.

    Attributes:
        analyzers: what can be asked for; set their `findings`.
        signal: `published` has every event that was committed.
        queue: `enqueued` has every analysis that was started; nothing runs until the test runs it.
    """

    clock: FakeClock = field(default_factory=FakeClock)
    signal: FakeEventSignal = field(default_factory=FakeEventSignal)
    storage: FakeStorage = field(init=False)
    cache: FakeFileResultCache = field(default_factory=FakeFileResultCache)
    queue: FakeJobQueue = field(default_factory=FakeJobQueue)
    sources: FakeSources = field(default_factory=FakeSources)
    analyzers: list[Analyzer] = field(default_factory=_one_analyzer)
    secrets: FakeSecretBox = field(default_factory=FakeSecretBox)
    flags: FakeFeatureFlags = field(default_factory=FakeFeatureFlags)
    registry: FakeServiceRegistry = field(default_factory=FakeServiceRegistry)

    def __post_init__(self) -> None:
        self.storage = FakeStorage(self.signal)


class WithFakes(Provider):
    """Puts fakes in the place of every adapter that reaches outside the process."""

    scope = Scope.APP

    def __init__(self, fakes: Fakes) -> None:
        super().__init__()
        self._fakes = fakes

    @provide
    def _all(self) -> Fakes:
        return self._fakes

    @provide(override=True)
    def _clock(self) -> Clock:
        return self._fakes.clock

    @provide(override=True)
    def _signal(self) -> EventSignal:
        return self._fakes.signal

    @provide(override=True)
    def _uow(self) -> UnitOfWorkFactory:
        return self._fakes.storage

    @provide(override=True)
    def _cache(self) -> FileResultCache:
        return self._fakes.cache

    @provide(override=True)
    def _queue(self) -> JobQueue:
        return self._fakes.queue

    @provide(override=True)
    def _sources(self) -> Sources:
        return self._fakes.sources

    @provide(override=True)
    def _analyzers(self) -> Analyzers:
        return Analyzers.of(*self._fakes.analyzers)

    @provide(override=True)
    def _secrets(self) -> SecretBox:
        return self._fakes.secrets

    @provide(override=True)
    def _flags(self) -> FeatureFlags:
        return self._fakes.flags

    @provide(override=True)
    def _registry(self) -> ServiceRegistry:
        return self._fakes.registry

    @provide(override=True)
    def _plugins(self) -> LoadedPlugins:
        return LoadedPlugins((), {})


def create_test_container(
    fakes: Fakes | None = None, *overrides: Provider, **settings: Any
) -> AsyncContainer:
    """Every use case and servicer, with nothing real below: no disk, no network, no clock.

    `container.get(Fakes)` gives the fakes. `overrides` come last and win; `settings` are by field name, as
    those of `create_api_settings`, and all others are the defaults: neither environment, nor configuration
    files, nor Vault are read. Close it as any other.
    """
    values = {"data_dir": Path(tempfile.gettempdir(), "flext-quality-is-not-made"), **settings}
    return build_container(settings_of(**values).unwrap(), WithFakes(fakes or Fakes()), *overrides)
