"""The flext-quality command. Modules that cost time to import are imported by the commands."""
