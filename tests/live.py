"""Live servers, which come from `flext_quality.testing`, where tests here import them from."""

from __future__ import annotations

from flext_quality.testing.live import LiveServer, WithAnalyzers, live_settings

__all__ = ["LiveServer", "WithAnalyzers", "live_settings"]
