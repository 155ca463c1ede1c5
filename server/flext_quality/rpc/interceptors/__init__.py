"""What is done once for every call."""
