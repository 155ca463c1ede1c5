"""Units of work: what is stored together, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Protocol, Self

from flext_quality.application.ports.issues import IssueRepository, TrackingRepository
from flext_quality.application.ports.measures import (
    MetricRepository,
    RetentionRepository,
    SnapshotRepository,
)
from flext_quality.application.ports.notifications import ChannelRepository, DeliveryRepository
from flext_quality.application.ports.records import (
    AnalysisRepository,
    AttachmentRepository,
    CursorRepository,
    EventRepository,
    FindingRepository,
    ProjectRepository,
    RequestRepository,
)
from flext_quality.domain.findings.finding import Finding


class UnitOfWork(Protocol):
    """A session and a decision: leaving it without `commit` changes nothing.

    Made for each use case, never shared between calls. A writing unit of work sees, until it ends, no
    change that others make to what it got `for_update`.
    """

    @property
    def projects(self) -> ProjectRepository:
        """The projects."""
        ...

    @property
    def analyses(self) -> AnalysisRepository:
        """The analyses."""
        ...

    @property
    def findings(self) -> FindingRepository:
        """The findings of analyses."""
        ...

    @property
    def attachments(self) -> AttachmentRepository:
        """What clients sent along with analyses."""
        ...

    @property
    def events(self) -> EventRepository:
        """The durable log."""
        ...

    @property
    def cursors(self) -> CursorRepository:
        """How far the readers of the whole log have come."""
        ...

    @property
    def requests(self) -> RequestRepository:
        """The request ids of creating calls."""
        ...

    @property
    def tracking(self) -> TrackingRepository:
        """The issues, as analyses see and change them."""
        ...

    @property
    def issues(self) -> IssueRepository:
        """The issues, as people see and triage them."""
        ...

    @property
    def snapshots(self) -> SnapshotRepository:
        """What was measured about files."""

    @property
    def metrics(self) -> MetricRepository:
        """The measures of projects over time."""
        ...

    @property
    def retention(self) -> RetentionRepository:
        """What may go after a time."""
        ...

    @property
    def channels(self) -> ChannelRepository:
        """Where projects' messages go."""
        ...

    @property
    def deliveries(self) -> DeliveryRepository:
        """The messages."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...

    async def commit(self) -> None:
        """Makes all changes lasting, then wakes the readers of the events among them."""
        ...

    def after_commit(self, action: Callable[[], None]) -> None:
        """Calls `action` right after a successful `commit`, never otherwise."""
        ...


class UnitOfWorkFactory(Protocol):
    """Makes units of work."""

    def __call__(self, *, read_only: bool = False, long: bool = False) -> UnitOfWork:
        """A new one. A read-only one sees a consistent state and never waits for a writer.

        A `long` one, which is read-only, may be open for long: only other long ones wait for it.
        """
        ...


class FindingCodec(Protocol):
    """Turns findings into the bytes that are stored and, unchanged, sent to clients."""

    def encode(self, findings: Sequence[Finding]) -> bytes:
        """The bytes of a batch."""
        ...

    def decode(self, payload: bytes) -> list[Finding]:
        """The findings of a batch; `decode(encode(x)) == x`."""
        ...

    def parts(self, payload: bytes) -> list[bytes]:
        """The bytes of each finding of a batch; they are equal where the findings are."""
        ...
