"""Whether we find on real projects exactly what the bare tools print there."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from benchmarks.analyses import analyze
from benchmarks.bare_tools import BareTools
from benchmarks.bench import Bench
from benchmarks.figures import Figure
from benchmarks.projects import VERSIONS
from flext_quality_client import QualityClient

Place = tuple[str, str, str, int]
"""A finding: analyzer, rule, path and line."""

_ANALYZERS = ("bandit", "deadcode", "mypy", "ruff")
_VULTURE = re.compile(r"(.+?):(\d+): (?:unused (\w+))?")
_SHOWN = 30


def measure(bench: Bench) -> Iterator[Figure]:
    """For each project, how many rules have other counts; and, beside it, how many places differ."""
    for project in VERSIONS:
        tree = bench.copy_of(project)
        theirs = _bare(BareTools(tree, bench.fresh_directory("bare")))
        with bench.server(tree) as server, QualityClient(server.address) as client:
            name = analyze(client, tree, _ANALYZERS).name
            ours = Counter((f.analyzer, f.rule, f.path, f.line) for f in client.findings(name))
        rules = _differences(_by_rule(ours), _by_rule(theirs))
        places = _differences(ours, theirs)
        shown = rules or places
        for difference in shown[:_SHOWN]:
            print(f"  {project}: {difference}")
        if len(shown) > _SHOWN:
            print(f"  {project}: and {len(shown) - _SHOWN} more")
        yield Figure(f"rules that differ: {project}", "", [len(rules)])
        yield Figure(f"places that differ: {project}", "", [len(places)])
        yield Figure(f"findings: {project}", "", [ours.total()], [theirs.total()])


def _by_rule(findings: Counter[Place]) -> Counter[tuple[str, str]]:
    rules: Counter[tuple[str, str]] = Counter()
    for (analyzer, rule, _, _), count in findings.items():
        rules[analyzer, rule] += count
    return rules


Key = TypeVar("Key", bound=tuple[object, ...])


def _differences(ours: Counter[Key], theirs: Counter[Key]) -> list[str]:
    return [
        f"{' '.join(map(str, key))}: {ours[key]} of ours, {theirs[key]} of the bare tool's"
        for key in sorted(ours.keys() | theirs.keys())
        if ours[key] != theirs[key]
    ]


def _bare(tools: BareTools) -> Counter[Place]:
    """What the tools report, in their own JSON where they have one."""
    tools.ruff("--output-format", "json")
    tools.mypy("--output", "json")
    tools.bandit()
    tools.vulture()
    found = Counter(_ruff(tools.tree, json.loads(tools.output("ruff"))))
    found.update(_mypy(json.loads(line) for line in tools.output("mypy").splitlines()))
    found.update(_bandit(json.loads(tools.output("bandit"))["results"]))
    found.update(_vulture(tools.output("vulture").splitlines()))
    return found


def _ruff(tree: Path, rows: Iterable[dict[str, Any]]) -> Iterator[Place]:
    for row in rows:
        path = Path(row["filename"]).relative_to(tree.resolve()).as_posix()
        yield "ruff", row["code"], path, row["location"]["row"]


def _mypy(rows: Iterable[dict[str, Any]]) -> Iterator[Place]:
    for row in rows:
        yield "mypy", row["code"], row["file"], row["line"]


def _bandit(rows: Iterable[dict[str, Any]]) -> Iterator[Place]:
    for row in rows:
        yield "bandit", row["test_id"], row["filename"].removeprefix("./"), row["line_number"]


def _vulture(lines: Iterable[str]) -> Iterator[Place]:
    for line in lines:
        if found := _VULTURE.match(line):
            path, number, what = found.groups()
            rule = f"unused-{what}" if what else "unreachable-code"
            yield "deadcode", rule, path, int(number)
