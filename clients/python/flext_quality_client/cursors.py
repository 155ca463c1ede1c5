"""Where a stream stands, so that it can be resumed. Plain state, shared by both clients."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from flext.quality.v1.analysis_event_pb2 import AnalysisEvent
from flext.quality.v1.analysis_service_pb2 import (
    FindingFilter,
    StreamFindingsRequest,
    StreamFindingsResponse,
    WatchAnalysisRequest,
    WatchAnalysisResponse,
)
from flext.quality.v1.event_service_pb2 import (
    EventFilter,
    WatchEventsRequest,
    WatchEventsResponse,
)
from flext.quality.v1.finding_pb2 import Finding
from flext.quality.v1.issue_pb2 import Issue
from flext.quality.v1.issue_service_pb2 import (
    ExportIssuesRequest,
    ExportIssuesResponse,
    IssueFilter,
)
from flext.quality.v1.metrics_service_pb2 import (
    MetricsSnapshot,
    WatchMetricsRequest,
    WatchMetricsResponse,
)
from flext_quality_client.errors import ExportBrokenError, ProtocolError, QualityError
from flext_quality_client.options import WatchOptions

RequestT_co = TypeVar("RequestT_co", covariant=True)
ResponseT_contra = TypeVar("ResponseT_contra", contravariant=True)
ItemT_co = TypeVar("ItemT_co", covariant=True)


class Cursor(Protocol[RequestT_co, ResponseT_contra, ItemT_co]):
    """A place in a stream of items."""

    @property
    def request(self) -> RequestT_co:
        """What asks for everything after this place."""
        ...

    @property
    def done(self) -> bool:
        """Whether the last item has come, whatever happens to the connection then."""
        ...

    def take(self, response: ResponseT_contra) -> Iterable[ItemT_co]:
        """Goes past a message and gives what is new in it.

        Raises:
            ProtocolError: something before this message is missing.
        """
        ...

    def interrupted(self, error: QualityError) -> None:
        """The connection broke; the stream is about to be resumed here.

        Raises:
            QualityError: it cannot be.
        """
        ...


class EventCursor:
    """A place in an analysis's events, which are numbered without a gap.

    Attributes:
        after_sequence: the sequence of the last event that was given out.
    """

    def __init__(self, name: str, after_sequence: int, options: WatchOptions) -> None:
        self._name = name
        self._options = options
        self.after_sequence = after_sequence
        self.done = False

    @property
    def request(self) -> WatchAnalysisRequest:
        """Asks for the events after the last one, with heartbeats."""
        request = WatchAnalysisRequest(name=self._name, after_sequence=self.after_sequence)
        _set_interval(request, self._options)
        return request

    def take(self, response: WatchAnalysisResponse) -> Iterable[AnalysisEvent]:
        """The message's event, if it has one that was not given out before."""
        match response.WhichOneof("kind"):
            case "heartbeat":
                _tell(self._options.on_heartbeat, response.heartbeat)
            case "analysis_event" if response.analysis_event.sequence > self.after_sequence:
                return (self._next(response.analysis_event),)
            case _:
                # An event that came before, or a kind of message that is newer than this client.
                pass
        return ()

    def interrupted(self, error: QualityError) -> None:
        """Tells the watcher."""
        _tell(self._options.on_interruption, error)

    def _next(self, event: AnalysisEvent) -> AnalysisEvent:
        expected = self.after_sequence + 1
        if event.sequence != expected:
            raise ProtocolError(
                f"the events of {self._name} have a gap: {event.sequence} came, not {expected}"
            )
        self.after_sequence = expected
        self.done = event.WhichOneof("kind") == "analysis_finished"
        return event


class FindingCursor:
    """A place in an analysis's findings, which come in batches with a token each."""

    # The end of the stream is all that tells the last batch.
    done = False

    def __init__(self, parent: str, wanted: FindingFilter | None) -> None:
        self._request = StreamFindingsRequest(parent=parent, filter=wanted)

    @property
    def request(self) -> StreamFindingsRequest:
        """Asks for the batches after the last one."""
        return self._request

    def take(self, response: StreamFindingsResponse) -> Iterable[Finding]:
        """The batch's findings."""
        self._request = StreamFindingsRequest(
            parent=self._request.parent,
            filter=self._request.filter if self._request.HasField("filter") else None,
            resume_token=response.resume_token,
        )
        return response.findings

    def interrupted(self, error: QualityError) -> None:
        """Nobody asked to be told."""


class MetricsCursor:
    """A place in a project's metrics: what was known last."""

    # There is no last one.
    done = False

    def __init__(self, project: str, metrics: Iterable[str], options: WatchOptions) -> None:
        self.request = WatchMetricsRequest(parent=project, metrics=metrics)
        _set_interval(self.request, options)
        self._options = options
        self._last: MetricsSnapshot | None = None

    def take(self, response: WatchMetricsResponse) -> Iterable[MetricsSnapshot]:
        """The metrics, unless they say once more what the last ones said, as the first after a break may."""
        match response.WhichOneof("kind"):
            case "heartbeat":
                _tell(self._options.on_heartbeat, response.heartbeat)
            case "snapshot" if response.snapshot != self._last:
                self._last = response.snapshot
                return (response.snapshot,)
        return ()

    def interrupted(self, error: QualityError) -> None:
        """Tells the watcher."""
        _tell(self._options.on_interruption, error)


class LogCursor:
    """A place in the log of everything that happens.

    Attributes:
        cursor: everything wanted up to it was given out; None before the server has told where it begins.
    """

    def __init__(
        self,
        after: int | None,
        wanted: EventFilter | None,
        options: WatchOptions,
        *,
        project: str,
        until_now: bool,
        heartbeats: bool,
    ) -> None:
        self._project = project
        self._wanted = wanted
        self._options = options
        self._until_now = until_now
        self._heartbeats = heartbeats
        self.cursor = after
        self.done = False

    @property
    def request(self) -> WatchEventsRequest:
        """Asks for what comes after the last message."""
        request = WatchEventsRequest(
            parent=self._project,
            after_cursor=self.cursor,
            filter=self._wanted,
            until_now=self._until_now,
        )
        _set_interval(request, self._options)
        return request

    def take(self, response: WatchEventsResponse) -> Iterable[WatchEventsResponse]:
        """The message, if it has an event that was not given out before, or heartbeats are wanted."""
        is_new = self.cursor is None or response.cursor > self.cursor
        self.cursor = max(self.cursor or 0, response.cursor)
        match response.WhichOneof("kind"):
            case "quality_event" if is_new:
                return (response,)
            case "heartbeat" if self._heartbeats:
                return (response,)
            case _:
                return ()

    def interrupted(self, error: QualityError) -> None:
        """Tells the watcher."""
        _tell(self._options.on_interruption, error)


class ExportCursor:
    """A project's issues as of one moment, which no second call can come back to."""

    done = False

    def __init__(self, project: str, wanted: IssueFilter | None) -> None:
        self._request = ExportIssuesRequest(parent=project, filter=wanted)
        self._taken = 0

    @property
    def request(self) -> ExportIssuesRequest:
        """Asks for all of them."""
        return self._request

    def take(self, response: ExportIssuesResponse) -> Iterable[Issue]:
        """The batch's issues."""
        self._taken += len(response.issues)
        return response.issues

    def interrupted(self, error: QualityError) -> None:
        """The call may be made again as long as nothing has come of it.

        Raises:
            ExportBrokenError: something has.
        """
        if self._taken:
            raise ExportBrokenError(self._taken, error) from error


T = TypeVar("T")


def _tell(listener: Callable[[T], None] | None, what: T) -> None:
    if listener is not None:
        listener(what)


def _set_interval(
    request: WatchAnalysisRequest | WatchMetricsRequest | WatchEventsRequest, options: WatchOptions
) -> None:
    if options.heartbeat_interval is not None:
        request.heartbeat_interval.FromNanoseconds(
            round(options.heartbeat_interval * 1_000_000_000)
        )
