"""Import contracts of our own, for import-linter (configured in pyproject.toml)."""

import sys

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class StandardLibraryOnly(Contract):
    """A package imports nothing but the standard library and its own modules.

    import-linter's forbidden contract would need the name of every other distribution.
    """

    package = fields.StringField()

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002 - the base class asks for it
        """Find the direct imports that leave both the package and the standard library."""
        package = str(self.package)
        inside = {package, *graph.find_descendants(package)}
        broken = [
            f"{importer} -> {imported}"
            for importer in sorted(inside)
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if imported not in inside and imported.split(".")[0] not in sys.stdlib_module_names
        ]
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print each import that breaks the contract."""
        for line in check.metadata["broken"]:
            output.print_error(line)
