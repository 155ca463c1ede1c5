"""All types of events that the durable log holds."""

from __future__ import annotations

from typing import TypeAlias, get_args

from flext_quality.domain.analyses.events import AnalysisEventPayload
from flext_quality.domain.event import Event
from flext_quality.domain.events.dependencies import DependencyEventPayload
from flext_quality.domain.projects.events import ProjectEventPayload

EventPayload: TypeAlias = AnalysisEventPayload | ProjectEventPayload | DependencyEventPayload
AnyEvent: TypeAlias = Event[EventPayload]
EVENT_TYPES = frozenset(kind.__name__ for kind in get_args(EventPayload))
"""The names of all types of events."""
