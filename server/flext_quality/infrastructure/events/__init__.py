"""How readers of the log are woken up."""
