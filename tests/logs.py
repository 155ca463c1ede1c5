"""What is logged while a test looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import structlog

Line = MutableMapping[str, Any]

_LEVELS = {"exception": "error"}
"""Methods of a logger that are not called as the level of their lines."""


@contextmanager
def captured_logs(wanted: Callable[[Line], bool] = lambda _: True) -> Iterator[list[Line]]:
    """The wanted lines as they come, whatever level an earlier server has set up.

    A server that lives longer than one test may log meanwhile: `wanted` tells its lines apart.
    """
    before = structlog.get_config()
    structlog.reset_defaults()
    lines: list[Line] = []

    def keep(_: object, method: str, line: Line) -> Line:
        if wanted(line):
            lines.append({**line, "log_level": _LEVELS.get(method, method)})
        return line

    try:
        with structlog.testing.capture_logs(processors=[keep]):
            yield lines
    finally:
        structlog.configure(**before)
