"""Findings: what tools say in one run."""
