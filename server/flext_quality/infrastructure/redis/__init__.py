"""The one way to Redis, and what several servers share there."""
