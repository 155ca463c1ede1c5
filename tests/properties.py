"""Hypothesis, which tests import from here: how long an example takes depends on what else the machine does.

It stands apart from conftest.py, so that only tests that use it wait for it.
"""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

__all__ = ["example", "given", "settings", "st"]
