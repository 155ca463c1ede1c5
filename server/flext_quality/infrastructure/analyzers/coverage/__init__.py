"""Reads what test runs left behind; docs/coverage.md tells what, where and how. Runs no test.

Reports come from outside, so they are read in a process of its own (`runner`), within limits.
"""
