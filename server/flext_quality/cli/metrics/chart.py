"""Draws a figure over time for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flext_quality.cli.terminal import OutputConsole
from flext_quality.cli.text import number

Point = tuple[datetime, float]

_HEIGHT = 12
_WIDEST, _NARROWEST = 90, 30
_AXIS = 18
"""Columns that plotille takes beside the plot: the numbers on the left and the arrow on the right."""
_MANY = 2
"""Fewer points make no line."""


def draw(points: Sequence[Point], console: OutputConsole) -> list[str]:
    """The lines of a chart of the points, oldest first, or their list where no chart can be drawn.

    Needs braille characters, and two moments.
    """
    times = {time for time, _ in points}
    if len(times) < _MANY or console.options.ascii_only:
        return [f" {time:%Y-%m-%d %H:%M}  {number(value)}" for time, value in points]
    import plotille  # type: ignore[import-untyped]  # ships no types

    figure = plotille.Figure()
    figure.width = max(min(console.width - _AXIS, _WIDEST), _NARROWEST)
    figure.height = _HEIGHT
    figure.with_colors = console.is_terminal and not console.no_color
    figure.color_mode = "names"
    figure.origin = False
    figure.x_label = figure.y_label = ""
    style = _time_format(max(times) - min(times))
    figure.register_label_formatter(datetime, lambda v, chars, **_: f"{v:{style}}".ljust(chars))
    figure.register_label_formatter(float, lambda v, chars, **_: number(v).rjust(chars))
    plot: Any = figure.plot
    plot(
        [time.replace(tzinfo=None) for time, _ in points], [value for _, value in points], lc="cyan"
    )
    return [line.replace("()", "  ").rstrip() for line in figure.show().splitlines()]


def _time_format(span: timedelta) -> str:
    """At most 8 characters, since labels stand 10 apart."""
    if span < timedelta(days=2):
        return "%H:%M"
    return "%b %d" if span < timedelta(days=300) else "%Y-%m"
