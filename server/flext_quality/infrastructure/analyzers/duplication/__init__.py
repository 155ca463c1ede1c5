"""jscpd, over the project's Python files, its pairs of clones made groups."""
