"""Registries of services: one in memory, Consul, Redis."""
