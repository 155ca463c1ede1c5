"""What the server tells its operator."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from flext_quality.option_group import Group


class ObservabilitySettings(Group):
    """What the server tells its operator: docs/observability.md."""

    log_format: Literal["json", "console"] = "console"
    """One JSON object a line, or lines for people."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """What is less important is not logged."""
    http_host: str = "127.0.0.1"
    """The address on which metrics and health are served by HTTP; for trusted networks only."""
    http_port: int | None = Field(default=None, ge=0, le=65_535)
    """The port of `/metrics`, `/health/live` and `/health/ready`; 0: any free one; None: there are none, and
    nothing is measured."""
    metric_projects: int = Field(default=100, ge=0, le=10_000)
    """How many projects have series of their own in the metrics; the others make up the project "_other"."""
    tracing_endpoint: Annotated[str, Field(pattern=r"^(https?://.+)?$")] = ""
    """A receiver of OTLP over gRPC, as "http://127.0.0.1:4317"; "https" for TLS; empty: nothing is traced."""
    tracing_sample_ratio: float = Field(default=0.1, ge=0.0, le=1.0)
    """The share of the traces that are kept among those that begin here; a caller decides about its own."""
    service_name: Annotated[str, Field(min_length=1, max_length=200)] = "flext-quality"
    """What the service is called in traces."""
