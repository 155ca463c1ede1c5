"""Runs the benchmarks and says whether the targets are reached: 0 if all that were measured are, else 1."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from benchmarks.bench import Bench
from benchmarks.figures import Figure
from benchmarks.others import OtherProcesses
from benchmarks.projects import Projects
from benchmarks.report import print_figure, print_heading, write_json
from benchmarks.suite import SUITE


def main() -> int:
    """Runs what the command line names."""
    options = _options()
    projects = (
        Projects(options.projects.absolute(), fetch=False)
        if options.projects
        else Projects(platformdirs.user_cache_path("flext-quality") / "benchmarks")
    )
    figures: list[Figure] = []
    print_heading()
    with tempfile.TemporaryDirectory(prefix="flext-quality-benchmarks-") as scratch:
        # Tools report resolved paths.
        bench = Bench(projects, Path(scratch).resolve(), options.runs)
        for name in options.names or SUITE:
            for figure in _measured(name, bench):
                figures.append(figure)
                print_figure(figure)
    if options.json:
        write_json(options.json, figures)
    missed = [figure.name for figure in figures if figure.is_reached is False]
    if missed:
        print(f"missed: {', '.join(missed)}", file=sys.stderr)
    return 1 if missed else 0


def _measured(name: str, bench: Bench) -> Iterator[Figure]:
    """The benchmark's figures, and after them how much other processes disturbed it."""
    others = OtherProcesses()
    yield from SUITE[name](bench)
    yield Figure(f"taken by other processes during {name}", "%", [others.percentage])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names", nargs="*", type=_name, metavar="NAME", help=f"all, or some of: {', '.join(SUITE)}"
    )
    parser.add_argument(
        "--runs", type=_runs, metavar="N", help="measure everything at least N times (3 or more)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all measurements to FILE")
    parser.add_argument(
        "--projects", type=Path, metavar="DIR", help="where the projects lie unpacked; else fetched"
    )
    return parser.parse_args()


def _name(text: str) -> str:
    if text not in SUITE:
        raise argparse.ArgumentTypeError(f"{text!r} is none of: {', '.join(SUITE)}")
    return text


def _runs(text: str) -> int:
    runs = int(text)
    if runs < _MIN_RUNS:
        raise argparse.ArgumentTypeError(f"a median needs at least {_MIN_RUNS}")
    return runs


_MIN_RUNS = 3


if __name__ == "__main__":
    sys.exit(main())
