"""Ruff, with the project's own configuration made safe."""
