"""An example of a plugin for FLEXT Quality."""
