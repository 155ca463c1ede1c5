"""GetServerInfo: what the server is, what it can do, and how much of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from flext_quality.application.findings.analyzers import Analyzers
from flext_quality.application.pages import (
    DEFAULT_FINDINGS_PAGE_SIZE,
    DEFAULT_PAGE_SIZE,
    MAX_PAGE_SIZE,
)
from flext_quality.application.ports.analyzers import Analyzer
from flext_quality.application.ports.reports import ReportRenderers
from flext_quality.domain.analyses.attachment import MAX_ATTACHMENT_BYTES
from flext_quality.domain.errors import ErrorReason
from flext_quality.domain.reports.report import ReportFormat, ReportKind
from flext_quality.domain.system.capabilities import capabilities_of

_VERSION_SECONDS = 5.0
"""How long an analyzer may take to tell its tool's version."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """As in the contract; those that the operator sets come first."""

    max_request_bytes: int
    max_concurrent_analyses: int
    max_queued_analyses: int
    max_file_bytes: int
    max_files: int
    max_total_bytes: int
    max_report_bytes: int
    unary_timeout: timedelta
    max_attachment_bytes: int = MAX_ATTACHMENT_BYTES
    default_page_size: int = DEFAULT_PAGE_SIZE
    default_findings_page_size: int = DEFAULT_FINDINGS_PAGE_SIZE
    max_page_size: int = MAX_PAGE_SIZE


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What only the composition root knows.

    Attributes:
        disabled_analyzers: by name, those that the operator switched off.
        plugins: the distribution that brought an analyzer, by the analyzer's name.
    """

    version: str
    service_name: str
    limits: ServerLimits
    disabled_analyzers: frozenset[str] = frozenset()
    plugins: Mapping[str, str] = field(default_factory=dict)


TellFacts = Callable[[], ServerFacts]
"""Tells them as they are now: some change while the server runs."""


@dataclass(frozen=True, slots=True)
class AnalyzerInfo:
    """An analyzer as in the contract. `tool_version` is empty where it is not known."""

    name: str
    tool_version: str
    enabled: bool
    unavailable: ErrorReason | None = None
    plugin: str = ""


@dataclass(frozen=True, slots=True)
class FormatInfo:
    """A format of reports; a plugin's is a name."""

    format: ReportFormat | str
    media_type: str
    kinds: tuple[ReportKind, ...]


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """Everything that a server tells of itself."""

    facts: ServerFacts
    capabilities: tuple[str, ...]
    analyzers: tuple[AnalyzerInfo, ...]
    formats: tuple[FormatInfo, ...]


@dataclass(frozen=True)
class GetServerInfo:
    """Asks each analyzer for its version, all at once."""

    tell_facts: TellFacts
    analyzers: Analyzers
    renderers: ReportRenderers

    async def __call__(self) -> ServerInfo:
        """As it is now: a tool may have been installed meanwhile."""
        facts = self.tell_facts()
        ordered = [analyzer for _, analyzer in sorted(self.analyzers.by_name.items())]
        analyzers = await asyncio.gather(*(_describe(analyzer, facts) for analyzer in ordered))
        profiles = self.analyzers.profiles
        able = [profiles[a.name] for a in analyzers if a.enabled and a.unavailable is None]
        formats = tuple(
            FormatInfo(renderer.format, renderer.media_type, tuple(sorted(renderer.kinds)))
            for renderer in self.renderers.in_order()
        )
        return ServerInfo(facts, capabilities_of(able), tuple(analyzers), formats)


async def _describe(analyzer: Analyzer, facts: ServerFacts) -> AnalyzerInfo:
    version, unavailable = await _version(analyzer)
    return AnalyzerInfo(
        name=analyzer.name,
        tool_version=version,
        enabled=analyzer.name not in facts.disabled_analyzers,
        unavailable=unavailable,
        plugin=facts.plugins.get(analyzer.name, ""),
    )


async def _version(analyzer: Analyzer) -> tuple[str, ErrorReason | None]:
    """Its tool's version, or why it has none; one analyzer never keeps the others from being told."""
    try:
        async with asyncio.timeout(_VERSION_SECONDS):
            result = await analyzer.version()
    except TimeoutError:
        return "", ErrorReason.TOOL_TIMED_OUT
    except Exception:  # noqa: BLE001  # a plugin may do anything
        _log.exception("analyzer does not tell its version", analyzer=analyzer.name)
        return "", ErrorReason.TOOL_FAILED
    return result.data or "", None if result.error is None else result.error.reason
