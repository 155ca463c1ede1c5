"""Where a stream stands, so that it can be resumed. Each subject has its own; this is what they share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from google.protobuf.duration_pb2 import Duration

from flext_quality_client.errors import QualityError
from flext_quality_client.options import WatchOptions

RequestT_co = TypeVar("RequestT_co", covariant=True)
ResponseT_contra = TypeVar("ResponseT_contra", contravariant=True)
ItemT_co = TypeVar("ItemT_co", covariant=True)
T = TypeVar("T")


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


def tell(listener: Callable[[T], None] | None, what: T) -> None:
    """Calls the listener, if there is one."""
    if listener is not None:
        listener(what)


def heartbeat_interval(options: WatchOptions) -> Duration | None:
    """The interval as it is sent; None stays unset."""
    if options.heartbeat_interval is None:
        return None
    interval = Duration()
    interval.FromNanoseconds(round(options.heartbeat_interval * 1_000_000_000))
    return interval
