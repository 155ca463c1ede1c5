"""Reads projects' code into private working copies; docs/sources.md tells what is read."""
