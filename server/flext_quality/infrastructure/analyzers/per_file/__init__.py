"""Analyzers whose tools look at one file after the other: several processes, and a cache for each file."""
