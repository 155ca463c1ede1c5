"""Metrics, scores and trends."""
