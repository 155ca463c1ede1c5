"""The id by which log lines and events of one cause are found together.

A call has one, its client's or a new one; what it sets off, such as an analysis in the queue, has the same.
Each run of a background job has one of its own.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import structlog

from flext_quality.application.ports.storage import UnitOfWork
from flext_quality.domain.events.catalog import AnyEvent
from flext_quality.domain.identifiers import AnalysisName

_NAME = "correlation_id"
_ACCEPTABLE = re.compile(r"[!-~]{1,128}")


def correlation_id() -> str:
    """The correlation id of the current task; empty if it has none."""
    return str(structlog.contextvars.get_contextvars().get(_NAME, ""))


def acceptable(given: object) -> str:
    """What somebody outside gives as an id, if it is 1 to 128 printable ASCII characters; else a new one."""
    is_one = isinstance(given, str) and _ACCEPTABLE.fullmatch(given)
    return str(given) if is_one else uuid.uuid4().hex


def correlate(to: str) -> None:
    """All that the current task logs and stores from now on has this id."""
    structlog.contextvars.bind_contextvars(**{_NAME: to})


@contextmanager
def correlated(to: str = "") -> Iterator[None]:
    """All that is logged and stored within has this id; without one, that from around, or else a new one."""
    with structlog.contextvars.bound_contextvars(**{_NAME: to or acceptable(correlation_id())}):
        yield


def stamped(events: Sequence[AnyEvent]) -> list[AnyEvent]:
    """The events with the current correlation id, as they are stored."""
    cause = acceptable(correlation_id())
    return [replace(event, correlation_id=event.correlation_id or cause) for event in events]


async def cause_of(uow: UnitOfWork, analysis: AnalysisName) -> str:
    """The id of the call that asked for an analysis, as its first event has it; empty if none has."""
    first = await uow.events.read(str(analysis), after=0, limit=1)
    return first[0].correlation_id if first else ""
