"""The in-memory adapters, which live in `flext_quality.testing`, where tests here import them from."""

from __future__ import annotations

from flext_quality.testing.broker import FakeBroker, FakeBrokerDelivery
from flext_quality.testing.channels import FakeChannels, FakeDeliveries, FakeNotifier
from flext_quality.testing.clock import FakeClock
from flext_quality.testing.http import FakeHttpClient
from flext_quality.testing.issues import FakeIssues
from flext_quality.testing.metrics import FakeMetrics, FakeRetention
from flext_quality.testing.projects import FakeAnalyses, FakeProjects
from flext_quality.testing.records import (
    FakeAttachments,
    FakeCursors,
    FakeEvents,
    FakeFindings,
    FakeRequests,
)
from flext_quality.testing.registry import FakeServiceRegistry
from flext_quality.testing.secrets import FakeFeatureFlags, FakeSecretBox
from flext_quality.testing.signals import FakeEventSignal, FakeSubscription
from flext_quality.testing.state import ConflictError, StoredIssue, StoredSighting
from flext_quality.testing.storage import (
    FakeFileResultCache,
    FakeFindingCodec,
    FakeStorage,
    FakeUnitOfWork,
)
from flext_quality.testing.tracking import FakeSnapshots, FakeTracking
from flext_quality.testing.work import FakeAnalyzer, FakeJobQueue, FakeSources

__all__ = [
    "ConflictError",
    "FakeAnalyses",
    "FakeAnalyzer",
    "FakeAttachments",
    "FakeBroker",
    "FakeBrokerDelivery",
    "FakeChannels",
    "FakeClock",
    "FakeCursors",
    "FakeDeliveries",
    "FakeEventSignal",
    "FakeEvents",
    "FakeFeatureFlags",
    "FakeFileResultCache",
    "FakeFindingCodec",
    "FakeFindings",
    "FakeHttpClient",
    "FakeIssues",
    "FakeJobQueue",
    "FakeMetrics",
    "FakeNotifier",
    "FakeProjects",
    "FakeRequests",
    "FakeRetention",
    "FakeSecretBox",
    "FakeServiceRegistry",
    "FakeSnapshots",
    "FakeSources",
    "FakeStorage",
    "FakeSubscription",
    "FakeTracking",
    "FakeUnitOfWork",
    "StoredIssue",
    "StoredSighting",
]
