"""What tests of programs that use or extend the service need: docs/testing.md.

`create_test_container` gives the product with a fake behind every port, `LiveServer` a real server in a
thread, `wait_for_external_service` waits for others. Importing this package imports no test tool.
"""

from flext_quality.testing.clock import FakeClock
from flext_quality.testing.container import Fakes, WithFakes, create_test_container
from flext_quality.testing.live import LiveServer, WithAnalyzers, live_settings
from flext_quality.testing.registry import FakeServiceRegistry
from flext_quality.testing.secrets import FakeFeatureFlags, FakeSecretBox
from flext_quality.testing.signals import FakeEventSignal
from flext_quality.testing.storage import (
    FakeFileResultCache,
    FakeFindingCodec,
    FakeStorage,
    FakeUnitOfWork,
)
from flext_quality.testing.waiting import ServiceNotReadyError, wait_for_external_service
from flext_quality.testing.work import FakeAnalyzer, FakeJobQueue, FakeSources

__all__ = [
    "FakeAnalyzer",
    "FakeClock",
    "FakeEventSignal",
    "FakeFeatureFlags",
    "FakeFileResultCache",
    "FakeFindingCodec",
    "FakeJobQueue",
    "FakeSecretBox",
    "FakeServiceRegistry",
    "FakeSources",
    "FakeStorage",
    "FakeUnitOfWork",
    "Fakes",
    "LiveServer",
    "ServiceNotReadyError",
    "WithAnalyzers",
    "WithFakes",
    "create_test_container",
    "live_settings",
    "wait_for_external_service",
]
