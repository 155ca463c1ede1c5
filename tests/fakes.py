"""What the testing kit has, which lives in `flext_quality.testing`, where tests here import it from."""

from __future__ import annotations

from flext_quality.testing.broker import FakeBroker, FakeBrokerDelivery
from flext_quality.testing.clock import FakeClock
from flext_quality.testing.http import FakeHttpClient
from flext_quality.testing.notifier import FakeNotifier
from flext_quality.testing.registry import FakeServiceRegistry
from flext_quality.testing.secrets import FakeFeatureFlags, FakeSecretBox
from flext_quality.testing.signals import RecordingSignal
from flext_quality.testing.storage import TemporaryStorage
from flext_quality.testing.work import (
    FakeAnalyzer,
    FakeFileResultCache,
    FakeJobQueue,
    FakeSources,
)

__all__ = [
    "FakeAnalyzer",
    "FakeBroker",
    "FakeBrokerDelivery",
    "FakeClock",
    "FakeFeatureFlags",
    "FakeFileResultCache",
    "FakeHttpClient",
    "FakeJobQueue",
    "FakeNotifier",
    "FakeSecretBox",
    "FakeServiceRegistry",
    "FakeSources",
    "RecordingSignal",
    "TemporaryStorage",
]
