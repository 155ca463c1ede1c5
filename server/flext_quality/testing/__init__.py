"""What tests of programs that use or extend the service need: docs/testing.md.

`create_test_container` gives the product on a temporary database with fakes for all that is outside,
`LiveServer` a real server in a thread, `TemporaryStorage` a database alone; `wait_for_external_service` waits
for others. Importing this package imports no test tool.
"""

from flext_quality.testing.clock import FakeClock
from flext_quality.testing.container import Fakes, WithFakes, create_test_container
from flext_quality.testing.http import FakeHttpClient
from flext_quality.testing.live import LiveServer, WithAnalyzers, live_settings
from flext_quality.testing.notifier import FakeNotifier
from flext_quality.testing.registry import FakeServiceRegistry
from flext_quality.testing.secrets import FakeFeatureFlags, FakeSecretBox
from flext_quality.testing.signals import RecordingSignal
from flext_quality.testing.storage import TemporaryStorage
from flext_quality.testing.waiting import ServiceNotReadyError, wait_for_external_service
from flext_quality.testing.work import (
    FakeAnalyzer,
    FakeFileResultCache,
    FakeJobQueue,
    FakeSources,
)

__all__ = [
    "FakeAnalyzer",
    "FakeClock",
    "FakeFeatureFlags",
    "FakeFileResultCache",
    "FakeHttpClient",
    "FakeJobQueue",
    "FakeNotifier",
    "FakeSecretBox",
    "FakeServiceRegistry",
    "FakeSources",
    "Fakes",
    "LiveServer",
    "RecordingSignal",
    "ServiceNotReadyError",
    "TemporaryStorage",
    "WithAnalyzers",
    "WithFakes",
    "create_test_container",
    "live_settings",
    "wait_for_external_service",
]
