"""structlog: one line for each event, JSON or for reading, on standard error."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from typing import Any, Literal

import structlog

_LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


def configure_logging(
    log_format: Literal["json", "console"],
    level: Literal["debug", "info", "warning", "error"],
    processors: Sequence[structlog.typing.Processor] = (),
) -> None:
    """Sets up structlog, and the standard library's logging for the libraries that use it.

    Lines go through `processors` before they are written. Libraries' lines have the same form as ours.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *processors,
            *_renderers(log_format),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        # Not cached, so that a later server in this process can write elsewhere.
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        _JsonFormatter(processors)
        if log_format == "json"
        else logging.Formatter("%(asctime)s [%(levelname)s] %(name)s: %(message)s")
    )
    logging.basicConfig(handlers=[handler], level=max(_LEVELS[level], logging.WARNING))


class _JsonFormatter(logging.Formatter):
    """Lines of libraries as ours: what runs in a call or an analysis carries its ids."""

    def __init__(self, processors: Sequence[structlog.typing.Processor]) -> None:
        super().__init__()
        self._processors: tuple[structlog.typing.Processor, ...] = (
            structlog.contextvars.merge_contextvars,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *processors,
            *_renderers("json"),
        )

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        line: Any = {
            "event": record.getMessage(),
            "level": record.levelname.lower(),
            "logger": record.name,
            **({"exc_info": record.exc_info} if record.exc_info else {}),
        }
        for process in self._processors:
            line = process(None, record.levelname.lower(), line)
        return str(line)


def _renderers(log_format: Literal["json", "console"]) -> list[structlog.typing.Processor]:
    if log_format == "json":
        return [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()]
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
