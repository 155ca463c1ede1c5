"""How figures are shown and kept."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from benchmarks.figures import Figure
from benchmarks.targets import Judged

_ROW = "{:<48} {:>9} {:>9} {:<8} {:>7} {:>9}  {}"


def print_heading() -> None:
    """The first line of the table."""
    print(_ROW.format("figure", "subject", "peer", "unit", "ratio", "target", "").rstrip())


def print_figure(figure: Figure) -> None:
    """One line of the table."""
    target = figure.target
    verdict = {None: "", True: "pass", False: "FAIL"}[figure.is_reached]
    if target is not None and target.judged is Judged.DIFFERENCE:
        verdict += f" (difference {figure.judged:.2f} {figure.unit})"
    row = _ROW.format(
        figure.name,
        _number(median(figure.subject)),
        _number(median(figure.peer)) if figure.peer else "",
        figure.unit,
        "" if figure.ratio is None else f"{figure.ratio:.2f}",
        "" if target is None else str(target),
        verdict,
    )
    print(row.rstrip(), flush=True)


def write_json(path: Path, figures: Sequence[Figure]) -> None:
    """Keeps all figures with every measurement, and what they were taken on."""
    report = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": platform.platform(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "figures": [figure.as_json() for figure in figures],
    }
    path.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def _number(value: float) -> str:
    if value == int(value) and value < 1000:  # noqa: PLR2004  # counts stay as they are
        return f"{value:.0f}"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"  # noqa: PLR2004  # three digits do
