"""Complexity of functions and files: radon, complexipy and nesting depth, with a cache for each file."""
