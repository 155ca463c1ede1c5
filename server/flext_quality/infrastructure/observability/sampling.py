"""Which traces are kept."""

from __future__ import annotations

from collections.abc import Sequence

from opentelemetry.context import Context
from opentelemetry.sdk.trace.sampling import (
    Decision,
    ParentBased,
    Sampler,
    SamplingResult,
    TraceIdRatioBased,
)
from opentelemetry.trace import Link, SpanKind, TraceState
from opentelemetry.util.types import Attributes


class _Entrances(Sampler):
    """What is kept of traces that begin here: with a call or with a job, never with a statement.

    Of calls, the server's interceptor has taken its share already.
    """

    def __init__(self, ratio: float) -> None:
        self._share = TraceIdRatioBased(ratio)

    def should_sample(  # the SDK's signature
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        """Drops statements and requests that the server makes for nobody, such as looking for work."""
        if kind is SpanKind.SERVER:
            return SamplingResult(Decision.RECORD_AND_SAMPLE, attributes)
        if kind is not SpanKind.CONSUMER:
            return SamplingResult(Decision.DROP)
        return self._share.should_sample(
            parent_context, trace_id, name, kind, attributes, links, trace_state
        )

    def get_description(self) -> str:
        """What it does, in the SDK's words."""
        return f"Entrances({self._share.get_description()})"


def sampler(ratio: float) -> Sampler:
    """Keeps what the caller keeps; of the traces that begin here, this share."""
    return ParentBased(_Entrances(ratio))
