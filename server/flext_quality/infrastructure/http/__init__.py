"""A small HTTP server for operators: metrics and health."""
