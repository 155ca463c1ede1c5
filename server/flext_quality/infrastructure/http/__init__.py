"""Asks other servers."""
