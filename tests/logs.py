"""What is logged while a test looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import structlog

Line = MutableMapping[str, Any]


@contextmanager
def captured_logs(wanted: Callable[[Line], bool] = lambda _: True) -> Iterator[list[Line]]:
    """The wanted lines, once the block has ended, whatever level an earlier server has set up.

    A server that lives longer than one test may log meanwhile: `wanted` tells its lines apart.
    """
    before = structlog.get_config()
    structlog.reset_defaults()
    lines: list[Line] = []
    try:
        with structlog.testing.capture_logs() as captured:
            yield lines
        lines.extend(line for line in captured if wanted(line))
    finally:
        structlog.configure(**before)
