"""What tests of programs that use or extend the service need: docs/testing.md.

`create_test_container` gives the product with a fake behind every port, `LiveServer` a real server in a
thread, `wait_for_external_service` waits for others. Importing this package imports no test tool, and each
name only what it needs when it is first asked for: a fake clock does not load a server.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

_MODULES = {
    "FakeAnalyzer": "work",
    "FakeClock": "clock",
    "FakeEventSignal": "signals",
    "FakeFeatureFlags": "secrets",
    "FakeFileResultCache": "storage",
    "FakeFindingCodec": "storage",
    "FakeJobQueue": "work",
    "FakeSecretBox": "secrets",
    "FakeServiceRegistry": "registry",
    "FakeSources": "work",
    "FakeStorage": "storage",
    "FakeUnitOfWork": "storage",
    "Fakes": "container",
    "LiveServer": "live",
    "ServiceNotReadyError": "waiting",
    "WithAnalyzers": "live",
    "WithFakes": "container",
    "create_test_container": "container",
    "live_settings": "live",
    "wait_for_external_service": "waiting",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
