"""Bandit, in several processes and with a cache for each file."""
