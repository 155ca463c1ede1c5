"""Import contracts of our own, for import-linter (configured in pyproject.toml)."""

import sys
from fnmatch import fnmatchcase

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class ImportsOnly(Contract):
    """Modules import nothing but the standard library, each other, and what is allowed.

    import-linter's forbidden contract would need the name of every other distribution. `modules` are
    patterns: "*" stands for any number of parts, a package for all that is in it. `allowed` are packages.
    """

    modules = fields.ListField(subfield=fields.StringField())
    allowed = fields.ListField(subfield=fields.StringField(), required=False, default=[])

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002  # as in the base class
        """Find the direct imports of anything else."""
        inside = {module for module in graph.modules if self._is_one(module)}
        broken = [
            f"{importer} -> {imported}"
            for importer in sorted(inside)
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if imported not in inside and not self._is_allowed(imported)
        ]
        return ContractCheck(kept=bool(inside) and not broken, metadata={"broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print each import that breaks the contract."""
        for line in check.metadata["broken"] or ["there are no such modules"]:
            output.print_error(line)

    def _is_one(self, module: str) -> bool:
        patterns = [str(pattern) for pattern in self.modules]  # type: ignore[attr-defined]  # a list by then
        return any(fnmatchcase(module, p) or fnmatchcase(module, f"{p}.*") for p in patterns)

    def _is_allowed(self, module: str) -> bool:
        packages = [str(package) for package in self.allowed]  # type: ignore[attr-defined]  # as above
        return module.split(".", maxsplit=1)[0] in sys.stdlib_module_names or any(
            module == package or module.startswith(f"{package}.") for package in packages
        )
