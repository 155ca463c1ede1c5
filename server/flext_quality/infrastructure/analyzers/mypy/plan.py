"""Plans how MyPy is run over a project: in one run as it stands, or else in as few as will do."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from flext_quality.infrastructure.analyzers.mypy.bases import Demands, demands, separations
from flext_quality.infrastructure.analyzers.mypy.configuration import MyPyConfiguration
from flext_quality.infrastructure.analyzers.mypy.knowledge import Import, Knowledge
from flext_quality.infrastructure.analyzers.mypy.naming import (
    ABOVE,
    CORE_MODULES,
    Module,
    ModuleNames,
)
from flext_quality.infrastructure.analyzers.mypy.placing import Placing

MAX_RUNS = 16
"""Files that would need more are left out. One more run costs 0.5 s and more."""

_MAX_ROUNDS = 8
"""A new base can make another import find a file under two names, and so on."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of MyPy. Paths and directories are placed ones.

    Attributes:
        modules: what it is to check, in MyPy's order.
        search_path: where it looks for what they import.
    """

    modules: tuple[Module, ...]
    search_path: tuple[str, ...] = ()

    @property
    def layout(self) -> dict[str, str]:
        """The paths by module name."""
        return {module.name: module.path for module in self.modules}


@dataclass(frozen=True, slots=True)
class Plan:
    """How MyPy is run.

    Attributes:
        as_is: the working copy can be analysed as it stands, as by `mypy .`.
        placing: otherwise, where files lie in the copy that MyPy sees.
        duplicates: files that no run can take, because others have their module names.
    """

    runs: tuple[Run, ...]
    placing: Placing
    as_is: bool = False
    duplicates: tuple[str, ...] = ()


def make_plan(
    paths: Sequence[str],
    taken: Sequence[str],
    top_name: str,
    configuration: MyPyConfiguration,
    knowledge: Knowledge,
) -> Plan:
    """The plan for the project with the Python files `paths`, of which MyPy is to check `taken`."""
    plain = ModuleNames(
        paths,
        top_name,
        bases=("", *configuration.mypy_path) if configuration.explicit_package_bases else None,
        namespace_packages=configuration.namespace_packages,
    )
    unfit = plain.unfit_packages
    if knowledge.is_empty and not unfit:
        modules = tuple(plain.module(path) for path in taken)
        names = {module.name for module in modules}
        if len(names) == len(modules) and not names & CORE_MODULES:
            return Plan((Run(modules),), Placing(paths, ()), as_is=True)
    renamed = {d for d in unfit if d} | knowledge.renamed
    top = top_name if plain.top_is_package or knowledge.top_is_package else ""
    draft = _draft(Placing(paths, renamed, top), taken, configuration, knowledge)
    for _ in range(_MAX_ROUNDS):
        wanted = draft.renamed - renamed
        if not wanted and (top or not draft.top_is_package):
            break
        renamed |= wanted
        top = top_name if draft.top_is_package else top
        draft = _draft(Placing(paths, renamed, top), taken, configuration, knowledge)
    runs, duplicates = _divide(draft.modules, draft.bases, knowledge)
    return Plan(
        runs, draft.placing, duplicates=tuple(draft.placing.original[path] for path in duplicates)
    )


@dataclass(frozen=True, slots=True)
class _Draft:
    """Modules by their names, and what has to be renamed (by original path) for better ones."""

    placing: Placing
    modules: tuple[Module, ...]
    bases: frozenset[str]
    renamed: set[str]
    top_is_package: bool


def _draft(
    placing: Placing,
    taken: Iterable[str],
    configuration: MyPyConfiguration,
    knowledge: Knowledge,
) -> _Draft:
    placed = [placing.placed[path] for path in taken]
    everything = list(placing.placed.values())
    imports = {placing.placed[path]: found for path, found in knowledge.imports.items()}
    bases = _first_bases(placing, placed, everything, configuration)
    for base, better in knowledge.promoted.items():
        bases = (bases - {base}) | {better}
    modules, wanted = _named(placed, everything, bases, imports)
    for _ in range(_MAX_ROUNDS):
        better_bases = (bases - wanted.promotions.keys()) | {"", *wanted.promotions.values()}
        if better_bases == bases:
            break
        bases = better_bases
        modules, wanted = _named(placed, everything, bases, imports)
    directories = {
        placing.directory(posixpath.dirname(path)): posixpath.dirname(path)
        for path in placing.placed
    }
    renamed = {directories[directory] for directory in wanted.unfit if directory in directories}
    renamed |= {placing.original[path] for path in _misnamed(modules.values())}
    return _Draft(placing, tuple(modules.values()), frozenset(bases), renamed, wanted.above)


def _named(
    placed: Iterable[str],
    everything: Iterable[str],
    bases: Collection[str],
    imports: Mapping[str, Iterable[Import]],
) -> tuple[dict[str, Module], Demands]:
    names = ModuleNames(everything, "", bases=bases)
    modules = {path: names.module(path) for path in placed}
    wanted = demands(modules, imports, bases)
    if imports and not wanted.promotions:
        wanted.promotions = separations(modules.values(), imports.values())
    return modules, wanted


def _first_bases(
    placing: Placing, placed: Iterable[str], everything: list[str], configuration: MyPyConfiguration
) -> set[str]:
    """Where names begin if MyPy is left to itself, and the top, where they always may."""
    given = {placing.directory(directory) for directory in configuration.mypy_path}
    if configuration.explicit_package_bases:
        return {"", placing.directory(""), *given}
    names = ModuleNames(everything, "", namespace_packages=configuration.namespace_packages)
    return {"", *given, *(names.module(path).base for path in placed)} - {ABOVE}


def _misnamed(modules: Iterable[Module]) -> set[str]:
    """Files that can have any other name: nothing that lies beside them could import them.

    That is a module of a core name, which MyPy refuses, and a second module of a name that is alone
    in its directory, such as the setup.py of each part of a collection.
    """
    modules = list(modules)
    company = Counter(module.base for module in modules)
    misnamed: set[str] = set()
    known: set[str] = set()
    for module in modules:
        is_lonely = company[module.base] == 1 and not module.is_package
        if module.name in CORE_MODULES or (is_lonely and module.name in known):
            misnamed.add(module.path)
        known.add(module.name)
    return misnamed


def _divide(
    modules: Iterable[Module], bases: frozenset[str], knowledge: Knowledge
) -> tuple[tuple[Run, ...], list[str]]:
    """Runs that hold each name once; what lies together stays together. And what is left over."""
    units: dict[tuple[str, str], list[Module]] = {}
    for module in modules:
        if module.path not in knowledge.unlisted:
            units.setdefault((module.base, _stubs(module)), []).append(module)
    runs: list[dict[str, Module]] = []
    left_over: list[str] = []
    for unit in units.values():
        by_name: dict[str, Module] = {}
        repeated = [m for m in unit if by_name.setdefault(m.name, m) is not m]
        left_over += [module.path for module in repeated]
        fitting = next((run for run in runs if run.keys().isdisjoint(by_name)), None)
        if fitting is not None:
            fitting.update(by_name)
        elif len(runs) < MAX_RUNS:
            runs.append(by_name)
        else:
            left_over += [module.path for module in by_name.values()]
    return tuple(_run(list(run.values()), bases) for run in runs), left_over


def _stubs(module: Module) -> str:
    """The stub-only package (PEP 561) that a module lies in; it shares its names with the real one."""
    below = module.path[len(module.base) :].lstrip("/")
    top, slash, _ = below.partition("/")
    return top if slash and top.endswith("-stubs") else ""


def _run(modules: list[Module], bases: Iterable[str]) -> Run:
    """A run that looks for imports first beside its own modules."""
    own = list(dict.fromkeys(module.base for module in modules))
    others = sorted(set(bases) - set(own))
    return Run(tuple(modules), tuple(base for base in (*own, *others) if base))
