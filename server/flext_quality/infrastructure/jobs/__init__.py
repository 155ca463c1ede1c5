"""How analyses get their turn."""
