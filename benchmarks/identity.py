"""How many issues keep their identity over a project's real history.

    python -m benchmarks.identity REPOSITORY --since 1.1.0 --until 2.0.0 --path src --path flask --step 8

Analyses a series of commits of a git repository one after another, with every rule that Ruff has, and
compares what the server says with git: `git blame -w -M -C -C` tells for each line of the later commit the
line of the earlier one that it was, though it moved, changed its white space, or came from another file. Of
the issues that were found on both lines by the same rule, those kept their identity that have one name.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.analyses import analyze
from benchmarks.bench import Bench
from benchmarks.projects import Projects
from flext.quality.v1.issue_service_pb2 import IssueFilter
from flext_quality_client import QualityClient

ANALYZERS = ("bandit", "ruff")
_GIT, _TAR = (shutil.which(name) or name for name in ("git", "tar"))
_RULES = '[lint]\nselect = ["ALL"]\n'

Place = tuple[str, int]
"""Path and line."""
Kind = tuple[str, str]
"""Analyzer and rule."""


@dataclass(frozen=True)
class History:
    """Some commits of a repository, and how they are looked at.

    Attributes:
        paths: what is analysed of each commit.
    """

    repository: Path
    paths: Sequence[str]

    def git(self, *arguments: str) -> str:
        """What git says."""
        return subprocess.run(
            [_GIT, "-c", "core.quotePath=false", f"--git-dir={self.repository}", *arguments],
            check=True,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
        ).stdout

    def commits(self, since: str, until: str) -> list[str]:
        """The commits between two releases, oldest first, along the main line."""
        return self.git("rev-list", "--reverse", "--first-parent", f"{since}..{until}").split()

    def unpack(self, commit: str, into: Path) -> None:
        """Puts the files of a commit in the place of what is there."""
        shutil.rmtree(into, ignore_errors=True)
        into.mkdir()
        there = [p for p in self.paths if self.git("ls-tree", "--name-only", commit, p)]
        archive = subprocess.run(
            [_GIT, f"--git-dir={self.repository}", "archive", commit, *there],
            check=True,
            capture_output=True,
        ).stdout
        subprocess.run([_TAR, "-x", "-C", str(into)], input=archive, check=True)
        (into / "ruff.toml").write_text(_RULES)

    def changed(self, before: str, after: str) -> list[str]:
        """The Python files of the later commit that differ from the earlier one."""
        names = self.git(
            *("diff", "--name-only", "--no-renames", "--diff-filter=AM", before, after),
            *("--", *self.paths),
        ).splitlines()
        return [name for name in names if name.endswith((".py", ".pyi"))]

    def files(self, commit: str) -> list[str]:
        """All files of a commit."""
        return self.git("ls-tree", "-r", "--name-only", commit).splitlines()

    def origins(self, before: str, after: str, path: str) -> Iterator[tuple[int, Place]]:
        """Lines of the file in the later commit, and which line each was in the earlier one."""
        blame = self.git(
            *("blame", "-w", "-M", "-C", "-C", "--porcelain", f"{before}..{after}", "--", path)
        )
        files: dict[str, str] = {}
        commit, was, now = "", 0, 0
        for line in blame.splitlines():
            if line.startswith("\t"):
                if commit == before:
                    yield now, (files[commit], was)
            elif line.startswith("filename "):
                files[commit] = line.removeprefix("filename ")
            elif len(words := line.split()) in {3, 4} and len(words[0]) == len(before):
                commit, was, now = words[0], int(words[1]), int(words[2])


@dataclass
class Tally:
    """How many issues should have kept their identity, and how many did, by what happened to them."""

    expected: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)

    def add(self, what: str, *, kept: bool) -> None:
        """Counts one."""
        self.expected[what] += 1
        self.kept[what] += kept


Seen = dict[Place, dict[Kind, set[str]]]
"""The names of the issues, by place and kind."""


def seen(client: QualityClient, project: str, analysis: str) -> Seen:
    """Every issue that the analysis saw."""
    found: Seen = defaultdict(lambda: defaultdict(set))
    for issue in client.issues.export(project, IssueFilter(analysis=analysis)):
        found[issue.finding.path, issue.finding.line][
            issue.finding.analyzer, issue.finding.rule
        ].add(issue.name)
    return found


def judge(before: Seen, after: Seen, pairs: Iterator[tuple[Place, Place]], tally: Tally) -> None:
    """Counts the issues on lines that are known to be the same.

    A line may have become several, by copying; then one of them can keep the identity.
    """
    became: dict[Place, list[Place]] = defaultdict(list)
    for was, now in pairs:
        became[was].append(now)
    for was, places in became.items():
        for kind, earlier in before.get(was, {}).items():
            found = [(now, after[now][kind]) for now in places if kind in after.get(now, {})]
            if not found:
                continue
            names = set().union(*(names for _, names in found))
            what = min(_change(was, now) for now, _ in found)
            # Of one rule in one line, in whatever order, as many as there are on both sides.
            for n in range(min(len(names), len(earlier))):
                tally.add(_CHANGES[what], kept=n < len(names & earlier))


_CHANGES = ("in place", "in another line", "in another file")


def _change(was: Place, now: Place) -> int:
    if was[0] != now[0]:
        return 2
    return int(was[1] != now[1])


def main(arguments: Sequence[str]) -> int:
    """Runs it."""
    parser = argparse.ArgumentParser("python -m benchmarks.identity", description=__doc__)
    parser.add_argument("repository", type=Path, help="a .git directory")
    parser.add_argument("--since", required=True, help="a release")
    parser.add_argument("--until", required=True, help="a later release")
    parser.add_argument("--path", action="append", required=True, help="what to analyse")
    parser.add_argument("--step", type=int, default=8, help="take each STEP-th commit")
    given = parser.parse_args(arguments)
    history = History(given.repository, given.path)
    commits = history.commits(given.since, given.until)
    series = list(dict.fromkeys([*commits[:: given.step], *commits[-1:]]))
    print(f"{len(commits)} commits between {given.since} and {given.until}, {len(series)} analysed")
    tally, counts = Tally(), Counter[str]()
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(Projects(Path(scratch)), Path(scratch))
        tree = bench.fresh_directory("history")
        with bench.server(tree) as server, QualityClient(server.address) as client:
            _follow(client, history, series, tree, tally, counts)
    for what in sorted(tally.expected):
        share = tally.kept[what] / tally.expected[what]
        print(f"{what:<16} {tally.kept[what]:>8,} of {tally.expected[what]:>8,} kept, {share:.3%}")
    print(", ".join(f"{number:,} {what}" for what, number in sorted(counts.items())))
    return 0


def _follow(
    client: QualityClient,
    history: History,
    series: Sequence[str],
    tree: Path,
    tally: Tally,
    counts: Counter[str],
) -> None:
    earlier: Seen | None = None
    previous = ""
    for commit in series:
        history.unpack(commit, tree)
        analysis = analyze(client, tree, ANALYZERS)
        project = analysis.name.partition("/analyses/")[0]
        later = seen(client, project, analysis.name)
        if earlier is not None:
            for count in ("new", "fixed", "persisting", "moved", "reopened"):
                counts[count] += getattr(analysis.issue_counts, count)
            judge(earlier, later, _pairs(history, previous, commit, later), tally)
        print(f"{commit[:10]} {analysis.issue_counts.open_count:>6,} issues", flush=True)
        earlier, previous = later, commit


def _pairs(history: History, before: str, after: str, later: Seen) -> Iterator[tuple[Place, Place]]:
    """The places of the earlier commit and what became of them, in files that changed or are new.

    Not of lines that were copied from a file which is as it was: there they still are.
    """
    changed = set(history.changed(before, after))
    there = set(history.files(after))
    for path in changed & {path for path, _ in later}:
        for line, origin in history.origins(before, after, path):
            if origin[0] in changed or origin[0] not in there:
                yield origin, (path, line)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
