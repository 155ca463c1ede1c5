"""The adapters, one folder for each outside world."""
