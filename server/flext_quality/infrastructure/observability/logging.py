"""structlog: one line for each event, JSON or for reading, on standard error."""

from __future__ import annotations

import logging
import sys
from collections.abc import Collection
from typing import Literal

import structlog

from flext_quality.infrastructure.observability.redaction import (
    RedactingFormatter,
    Redactor,
    hide_secret_keys,
)

LogLevel = Literal["debug", "info", "warning", "error"]

_LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


def configure_logging(
    log_format: Literal["json", "console"], level: LogLevel, secrets: Collection[str] = ()
) -> None:
    """Sets up structlog, and the standard library's logging for the libraries that use it.

    `secrets` are taken out of every line. A later call changes what an earlier one set up.
    """
    redactor = Redactor(secrets)
    *formatters, renderer = _renderers(log_format)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            hide_secret_keys,
            *formatters,
            redactor.rendered(renderer),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        # Not cached, so that a later server in this process can write elsewhere.
        cache_logger_on_first_use=False,
    )
    form = "%(asctime)s [%(levelname)s] %(name)s: %(message)s"
    root_level = max(_LEVELS[level], logging.WARNING)
    logging.basicConfig(stream=sys.stderr, level=root_level, format=form)
    logging.getLogger().setLevel(root_level)
    for handler in logging.getLogger().handlers:
        if type(handler) is logging.StreamHandler:
            handler.setFormatter(RedactingFormatter(redactor, form))


def _renderers(log_format: Literal["json", "console"]) -> list[structlog.typing.Processor]:
    if log_format == "json":
        tracebacks = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        return [
            structlog.processors.ExceptionRenderer(tracebacks),
            structlog.processors.JSONRenderer(),
        ]
    # A traceback as Python prints it: a prettier one shows local variables, secrets among them.
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]
