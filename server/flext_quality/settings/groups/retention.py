"""How long measures are kept."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from flext_quality.option_group import Group

Days = Annotated[float, Field(ge=0, le=36_500)]
"""0 means for ever."""


class RetentionSettings(Group):
    """How long the measures and the files' details of single analyses are kept: docs/metrics.md."""

    all_days: Days = 1.0
    """Every analysis's."""
    daily_days: Days = 90.0
    """Those of the last analysis of each day; also the buckets of hours."""
    weekly_days: Days = 730.0
    """Those of the last analysis of each week."""
    monthly_days: Days = 0.0
    """Those of the last analysis of each month."""
