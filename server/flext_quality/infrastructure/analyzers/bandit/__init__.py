"""Bandit, in several processes and with a cache for each file."""

from flext_quality.infrastructure.analyzers.bandit.analyzer import BanditAnalyzer

__all__ = ["BanditAnalyzer"]
