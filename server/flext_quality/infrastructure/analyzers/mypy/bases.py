"""Finds the directories that modules' names have to begin in, from what the modules import.

Without an __init__.py, MyPy takes tests/helpers.py for the module "helpers". If another file imports
it as "tests.helpers", MyPy gives up, because it found one file under two names; and if it begins
with "from . import data", MyPy gives up, because it is in no package. Then "tests" must be a package:
names begin in the directory that it lies in.
"""

from __future__ import annotations

import posixpath
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from flext_quality.infrastructure.analyzers.mypy.knowledge import Import
from flext_quality.infrastructure.analyzers.mypy.naming import Module

_FORMS = ("/__init__.pyi", "/__init__.py", ".pyi", ".py")


@dataclass(slots=True)
class Demands:
    """What the imports demand.

    Attributes:
        promotions: directory by directory that names begin in now: where they must begin.
        unfit: directories that must be packages but whose names are none for packages.
        above: names must begin above the project.
    """

    promotions: dict[str, str] = field(default_factory=dict)
    unfit: set[str] = field(default_factory=set)
    above: bool = False


def demands(
    modules: Mapping[str, Module], imports: Mapping[str, Iterable[Import]], bases: Collection[str]
) -> Demands:
    """What the imports of `modules` (by placed path) demand of `bases`."""
    result = Demands()
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    named = {module.name for module in modules.values()}
    begin = _bases_by_first_name(modules, bases)
    for path, module in modules.items():
        for dots, name in imports.get(path, ()):
            if dots:
                if module.package_depth == 0:
                    _climb(module.base, dots, votes, result)
            elif name not in named:
                _find(name, modules, begin, votes)
    for base, wanted in votes.items():
        result.promotions[base] = max(sorted(wanted), key=lambda b: wanted[b])
    return result


def separations(modules: Iterable[Module], imports: Iterable[Iterable[Import]]) -> dict[str, str]:
    """Tells modules of one name apart by the directories they lie in, where that breaks no import.

    That is where nobody imports a module of the directory by the name that it would lose. The answer is
    as `Demands.promotions`; one directory of each name stays as it is.
    """
    imported = {name.partition(".")[0] for found in imports for dots, name in found if not dots}
    units: dict[str, set[str]] = defaultdict(set)
    for module in modules:
        units[module.base].add(module.name)
    taken: set[str] = set()
    promotions: dict[str, str] = {}
    for base, names in units.items():
        better = _outermost(base)
        is_free = imported.isdisjoint(name.partition(".")[0] for name in names)
        if better != base and is_free and not taken.isdisjoint(names):
            promotions[base] = better
        else:
            taken |= names
    return promotions


def is_above(directory: str, other: str) -> bool:
    """Whether `other` lies in `directory`, at any depth."""
    return directory != other and (not directory or other.startswith(f"{directory}/"))


def base_of(path: str, name: str) -> str | None:
    """The directory in which the module name `name` of a file begins; None if it is not its name."""
    stem = posixpath.splitext(path)[0].removesuffix("/__init__")
    tail = name.replace(".", "/")
    if stem == tail:
        return ""
    return stem.removesuffix(f"/{tail}") if stem.endswith(f"/{tail}") else None


def _outermost(directory: str) -> str:
    """The farthest directory above from which the way is a name of packages."""
    while posixpath.basename(directory).isidentifier():
        directory = posixpath.dirname(directory)
    return directory


def _climb(base: str, dots: int, votes: dict[str, Counter[str]], result: Demands) -> None:
    directory = base
    for _ in range(dots):
        if not directory:
            result.above = True
            break
        if not posixpath.basename(directory).isidentifier():
            result.unfit.add(directory)
        directory = posixpath.dirname(directory)
    if directory != base:
        votes[base][directory] += 1


def _find(
    name: str,
    modules: Mapping[str, Module],
    begin: Mapping[str, Collection[str]],
    votes: dict[str, Counter[str]],
) -> None:
    for base in begin.get(name.partition(".")[0], ()):
        stem = posixpath.join(base, name.replace(".", "/"))
        for form in _FORMS:
            found = modules.get(stem + form)
            if found is not None:
                if is_above(base, found.base):
                    votes[found.base][base] += 1
                return


def _bases_by_first_name(
    modules: Iterable[str], bases: Collection[str]
) -> dict[str, Collection[str]]:
    """The bases that hold a file or directory of each name."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in modules:
        for directory, name in _steps(path):
            if directory in bases:
                found[name.partition(".")[0]].add(directory)
    return {name: sorted(holding) for name, holding in found.items()}


def _steps(path: str) -> Iterator[tuple[str, str]]:
    while path:
        parent, name = posixpath.split(path)
        yield parent, name
        path = parent
