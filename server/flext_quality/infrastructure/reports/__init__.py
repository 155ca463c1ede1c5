"""Writes reports, a module for each format."""
