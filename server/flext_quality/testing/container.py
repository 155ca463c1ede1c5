"""The product's own container on a temporary database, with a fake for all that is outside."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from dishka import AsyncContainer, Provider, Scope, provide

from flext_quality.application.findings.analyzers import Analyzers
from flext_quality.application.ports.analyzers import Analyzer
from flext_quality.application.ports.clock import Clock
from flext_quality.application.ports.discovery import ServiceRegistry
from flext_quality.application.ports.flags import FeatureFlags
from flext_quality.application.ports.http_client import HttpClient
from flext_quality.application.ports.jobs import JobQueue
from flext_quality.application.ports.secret_box import SecretBox
from flext_quality.application.ports.sending import Notifier
from flext_quality.application.ports.sources import Sources
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.container import build_container
from flext_quality.infrastructure.events.in_process_signal import InProcessSignal
from flext_quality.infrastructure.persistence.engine import Database
from flext_quality.infrastructure.plugins import LoadedPlugins
from flext_quality.settings import settings_of
from flext_quality.testing.clock import FakeClock
from flext_quality.testing.http import FakeHttpClient
from flext_quality.testing.notifier import FakeNotifier
from flext_quality.testing.registry import FakeServiceRegistry
from flext_quality.testing.secrets import FakeFeatureFlags, FakeSecretBox
from flext_quality.testing.signals import RecordingSignal
from flext_quality.testing.storage import TemporaryStorage
from flext_quality.testing.work import FakeAnalyzer, FakeJobQueue, FakeSources


def _one_analyzer() -> list[Analyzer]:
    return [FakeAnalyzer("fake")]


@dataclass
class Fakes:
    """What stands for the world outside, and the database. Set them up before, and look at them after.

    Attributes:
        storage: a real SQLite database, empty at first. It lives as long as the container.
        signal: `published` has every event that was committed.
        queue: `enqueued` has every analysis that was started; nothing runs until the test runs it.
        analyzers: what can be asked for; set their `findings`.
    """

    clock: FakeClock = field(default_factory=FakeClock)
    storage: TemporaryStorage = field(default_factory=TemporaryStorage)
    queue: FakeJobQueue = field(default_factory=FakeJobQueue)
    sources: FakeSources = field(default_factory=FakeSources)
    analyzers: list[Analyzer] = field(default_factory=_one_analyzer)
    notifier: FakeNotifier = field(default_factory=FakeNotifier)
    http: FakeHttpClient = field(default_factory=FakeHttpClient)
    secrets: FakeSecretBox = field(default_factory=FakeSecretBox)
    flags: FakeFeatureFlags = field(default_factory=FakeFeatureFlags)
    registry: FakeServiceRegistry = field(default_factory=FakeServiceRegistry)

    @property
    def signal(self) -> RecordingSignal:
        """The storage's."""
        return self.storage.signal


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
    async def _database(self) -> AsyncIterator[Database]:
        yield self._fakes.storage.database
        await self._fakes.storage.close()

    @provide(override=True)
    def _uow(self, _: Database) -> UnitOfWorkFactory:
        return self._fakes.storage

    @provide(override=True)
    def _signal(self) -> InProcessSignal:
        return self._fakes.signal

    @provide(override=True)
    def _clock(self) -> Clock:
        return self._fakes.clock

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
    def _notifier(self) -> Notifier:
        return self._fakes.notifier

    @provide(override=True)
    def _http(self) -> HttpClient:
        return self._fakes.http

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
    """Every use case and servicer, on a database of its own and with nothing else of the world below.

    `container.get(Fakes)` gives the fakes. `overrides` come last and win. `settings` are by field name, as
    those of `create_api_settings`; what is not given has its default, whatever environment variables,
    configuration files and Vault say. `close` it, which removes the database.

    Raises:
        InvalidFieldError: a setting is wrong; it names each.
    """
    chosen = fakes or Fakes()
    values = {"data_dir": chosen.storage.directory, **settings}
    return build_container(settings_of(**values).unwrap(), WithFakes(chosen), *overrides)
