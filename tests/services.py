"""Services that tests start: `make test-fast` leaves out what needs one."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from _pytest.mark import ParameterSet

SERVICES = {"postgresql", "redis", "nats"}
"""Kinds of adapters that are tested against a PostgreSQL, a Valkey or a NATS server."""


def each(kinds: Iterable[str]) -> list[ParameterSet]:
    """Parameters of a fixture, those that need a service marked "services"."""
    return [
        pytest.param(kind, marks=[pytest.mark.services] if kind in SERVICES else [])
        for kind in kinds
    ]
