"""What rows of all tables are."""

from __future__ import annotations

from typing import Any

Values = dict[str, Any]
"""A row, by the names of its columns."""
