"""The tools that find things in code, each behind the `Analyzer` port and run as a subprocess."""
