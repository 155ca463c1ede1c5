"""Asks MyPy's own code about a project. Runs as a script in a subprocess, never in the server.

    probe.py parse LIST      what MyPy's parser says to the files in LIST
    probe.py exclude LIST    which files MyPy leaves out, by the patterns in LIST

LIST is a file with JSON; the answers are lines of JSON on stdout. A project's regular expressions and
files can make this slow or end it; the server bounds its time and memory as those of MyPy itself.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from mypy.errors import Errors
from mypy.fscache import FileSystemCache
from mypy.modulefinder import matches_exclude, matches_gitignore
from mypy.nodes import Import, ImportAll, ImportBase, ImportFrom
from mypy.options import Options
from mypy.parse import parse
from mypy.util import DecodeError


def parsed(paths: Iterable[str]) -> Iterator[dict[str, object]]:
    """For each file: what blocks it, or what it imports as [dots, name]."""
    options = Options()
    for path in paths:
        errors = Errors(options)
        answer: dict[str, object] = {"file": path}
        try:
            tree = parse(None, path, None, errors, options, eager=True)
        except (UnicodeDecodeError, DecodeError) as error:
            answer["undecodable"] = str(error)
        else:
            answer["errors"] = [
                {
                    "line": info.line,
                    "column": info.column,
                    "end_line": info.end_line,
                    "end_column": info.end_column,
                    "message": info.message,
                    "code": info.code.code if info.code else None,
                }
                for info in errors.error_info_map.get(path, [])
                if errors.is_blockers()
            ]
            answer["imports"] = sorted({i for node in tree.imports for i in _imports(node)})
        yield answer


def _imports(node: ImportBase) -> list[tuple[int, str]]:
    if isinstance(node, Import):
        return [(0, name) for name, _ in node.ids]
    if isinstance(node, ImportFrom):
        prefix = f"{node.id}." if node.id else ""
        return [(node.relative, node.id), *((node.relative, prefix + n) for n, _ in node.names)]
    if isinstance(node, ImportAll):
        return [(node.relative, node.id)]
    return []


def excluded(
    patterns: list[str], directory: Path, *, gitignore: bool
) -> Iterator[dict[str, object]]:
    """Each file or directory that is left out, as MyPy's own search for files goes."""
    cache = FileSystemCache()
    for path in sorted(directory.iterdir()):
        # MyPy searches "./sub" where a Path is only "sub".
        searched = f"./{path}"
        if matches_exclude(searched, patterns, cache, verbose=False) or (
            gitignore and matches_gitignore(searched, cache, verbose=False)
        ):
            yield {"excluded": path.as_posix()}
        elif path.is_dir() and not path.name.startswith("."):
            yield from excluded(patterns, path, gitignore=gitignore)


def _main(what: str, question: str) -> None:
    asked = json.loads(Path(question).read_text("utf-8"))
    if what == "parse":
        answers = parsed(asked)
    else:
        answers = excluded(asked["patterns"], Path(), gitignore=asked["gitignore"])
    for answer in answers:
        # At once: what is answered before a breakdown counts.
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _main(*sys.argv[1:])
