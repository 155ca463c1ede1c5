"""Quality gates."""
