"""MyPy with the project's own flags; docs/mypy.md tells what is run and when."""
