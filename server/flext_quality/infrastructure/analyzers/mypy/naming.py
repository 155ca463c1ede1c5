"""How MyPy names the module that a file is.

Mirrors `mypy.find_sources.SourceFinder.crawl_up`. Directories are relative to the project, "" is its
top and ".." what it lies in.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from flext_quality.infrastructure.analyzers.mypy.crawl import SUFFIXES

ABOVE = ".."

CORE_MODULES = frozenset(
    {
        *("builtins", "typing", "types", "typing_extensions", "mypy_extensions", "_typeshed"),
        *("_collections_abc", "collections", "collections.abc", "sys", "abc"),
    }
)
"""No project may have modules of these names: `mypy.build.CORE_BUILTIN_MODULES`."""


@dataclass(frozen=True, slots=True)
class Module:
    """A file as MyPy sees it: `base` is the directory that its `name` counts from."""

    path: str
    name: str
    base: str

    @property
    def is_package(self) -> bool:
        """Whether it is the file of a package."""
        return posixpath.splitext(posixpath.basename(self.path))[0] == "__init__"

    @property
    def package_depth(self) -> int:
        """How many packages it lies in; a package lies in itself."""
        return self.name.count(".") + self.is_package


class ModuleNames:
    """Names the modules of one project.

    Args:
        paths: all Python files.
        top_name: the name of the project's directory.
        bases: where names begin, if that is laid down (`explicit_package_bases`).
    """

    def __init__(
        self,
        paths: Iterable[str],
        top_name: str,
        *,
        bases: Collection[str] | None = None,
        namespace_packages: bool = True,
    ) -> None:
        self._top_name = top_name
        self._bases = None if bases is None else frozenset(bases)
        self._namespace_packages = namespace_packages
        self._packages = {
            posixpath.dirname(path)
            for path in paths
            if posixpath.basename(path) in ("__init__.py", "__init__.pyi")
        }
        self._known: dict[str, tuple[str, str] | None] = {}

    @property
    def unfit_packages(self) -> set[str]:
        """Directories that are packages by their __init__.py, but not by their names."""
        return {d for d in self._packages if not self._name(d).isidentifier()}

    @property
    def top_is_package(self) -> bool:
        """Whether the project's directory is itself a package."""
        return "" in self._packages

    def module(self, path: str) -> Module:
        """The module that a file is."""
        directory, name = posixpath.split(path)
        package, base = self._package(directory) or ("", directory)
        stem = next((name.removesuffix(s) for s in SUFFIXES if name.endswith(s)), name)
        if stem == "__init__":
            return Module(path, package or "__main__", base)
        return Module(path, f"{package}.{stem}" if package else stem, base)

    def _package(self, directory: str) -> tuple[str, str] | None:
        """The package that a directory is, and its base; None if it is none."""
        if directory not in self._known:
            self._known[directory] = self._find_package(directory)
        return self._known[directory]

    def _find_package(self, directory: str) -> tuple[str, str] | None:
        if self._bases is not None and directory in self._bases:
            return "", directory
        if directory == ABOVE:
            return None
        name = self._name(directory)
        parent = posixpath.dirname(directory) if directory else ABOVE
        if directory in self._packages:
            outer, base = self._package(parent) or ("", parent)
            return f"{outer}.{name}" if outer else name, base
        if not directory or not name.isidentifier() or not self._namespace_packages:
            return None
        found = self._package(parent)
        if found is None:
            return None
        outer, base = found
        return f"{outer}.{name}" if outer else name, base

    def _name(self, directory: str) -> str:
        name = posixpath.basename(directory) if directory else self._top_name
        return name.removesuffix("-stubs")
